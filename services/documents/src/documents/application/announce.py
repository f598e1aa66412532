"""What became of an answer, put into the mailbox the letter went to: receipt, filed-receipt, notice of rejection."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chassis.clock import Clock
from chassis.ids import derived_id
from chassis.mongo import DuplicateAggregate
from chassis.tenancy import TenantScope
from documents.application.due_kinds import FETCH, REPLY_HUB, due
from documents.application.ports import MessageRepository
from documents.application.records import Letter, Message, Step
from documents.domain.message import Kind, Status

_SUBJECTS: Final[Mapping[Kind, Mapping[str, str]]] = {
    Kind.RECEIPT: {
        "nl": "Ontvangstbewijs van uw antwoord",
        "fr": "Accusé de réception de votre réponse",
        "de": "Empfangsbestätigung Ihrer Antwort",
        "en": "Receipt of your answer",
    },
    Kind.FILED_RECEIPT: {
        "nl": "Uw antwoord is in het dossier opgenomen",
        "fr": "Votre réponse a été versée au dossier",
        "de": "Ihre Antwort wurde in die Akte aufgenommen",
        "en": "Your answer is in the file",
    },
    Kind.REJECTION_NOTICE: {
        "nl": "Uw antwoord kon niet worden aanvaard",
        "fr": "Votre réponse n'a pas pu être acceptée",
        "de": "Ihre Antwort konnte nicht angenommen werden",
        "en": "Your answer could not be accepted",
    },
}


class UnknownLetter(LookupError):
    """The letter that was answered is not of this hub, or of another organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Use case. `message_type_id` is what was agreed with the mailbox for messages about answers."""

    messages: MessageRepository
    message_type_id: str
    clock: Clock

    async def __call__(
        self, kind: Kind, *, reply_id: str, letter_id: str, tenant: str, url: str, correlation_id: str
    ) -> None:
        """Send it once, whatever often it is asked.

        Raises:
            UnknownLetter: see there.
        """
        letter = await self.messages.get(letter_id, scope=TenantScope(tenant))
        if letter is None:
            raise UnknownLetter(letter_id)
        now = self.clock.now()
        message = Message(
            id=derived_id(reply_id, kind.value),
            tenant=tenant,
            kind=kind,
            status=Status.ACCEPTED,
            correlation_id=correlation_id,
            recipient=letter.recipient,
            pseudonym=letter.pseudonym,
            letter=Letter(
                subject=_SUBJECTS[kind],
                language=letter.letter.language,
                message_type_id=self.message_type_id,
                sender_enterprise_number=letter.letter.sender_enterprise_number,
                sender_application_id=letter.letter.sender_application_id,
            ),
            mailbox=letter.mailbox,
            sent_at=now,
            dossier=letter.dossier,
            source_url=url,
            history=(Step(status=Status.ACCEPTED, at=now),),
        )
        try:
            await self.messages.add(message, due=[due(FETCH, at=now, destination=REPLY_HUB)])
        except DuplicateAggregate:
            return
