"""Which client speaks to which mailbox."""

from collections.abc import Iterator, Mapping

from mailboxes.port import Mailbox


class UnknownMailbox(KeyError):
    """No mailbox of that name is configured."""


class MailboxRegistry(Mapping[str, Mailbox]):
    """The configured mailboxes by name (ebox; later mijn-burgerprofiel, doccle, ebox-enterprise, …).

    A new mailbox is a client with the shape of `Mailbox`, entered here by the composition root; what it can't do it
    says in its capabilities, and raises MailboxRefused("UNSUPPORTED", …) when asked for it.
    """

    def __init__(self, mailboxes: Mapping[str, Mailbox]) -> None:
        self._mailboxes = dict(mailboxes)

    def __getitem__(self, name: str) -> Mailbox:
        """Return the client of a mailbox.

        Raises:
            UnknownMailbox: nothing is configured under that name.
        """
        try:
            return self._mailboxes[name]
        except KeyError:
            raise UnknownMailbox(f"no mailbox is called {name}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._mailboxes)

    def __len__(self) -> int:
        return len(self._mailboxes)
