"""What the use cases need of the outside; each method says what it guarantees.

Methods that touch MongoDB raise PyMongo's connection errors as they are: the edges turn them into 503 or into another
try. `scope` is whose documents may be seen; a document outside it is not there.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from chassis.due_item import DueItem
from chassis.outbox_record import OutgoingEvent
from chassis.tenancy import Scope
from reply_hub.application.answer_summary import AnswerSummary
from reply_hub.application.documents import PersonalDocument
from reply_hub.application.records import Asked, Attachment, Box, Draft, DraftSummary, Incoming, ReplyQuery
from reply_hub.domain.faults import Fault
from reply_hub.domain.files import ReplyFile
from reply_hub.domain.reply import Reply
from reply_hub.domain.request import ReplyRequest
from reply_hub.domain.signing import AskedSigners, FileFinding, SignaturePolicy, SummaryRef


class JudgingBroke(Exception):
    """The process that judged a file did not finish."""


class Requests(Protocol):
    """Where requests are kept."""

    async def find(self, request_id: str, *, scope: Scope) -> ReplyRequest | None:
        """One request without what is asked; one read of a small part of its document."""
        ...

    async def page(self, *, scope: Scope, status: str | None, after: str | None, limit: int) -> list[ReplyRequest]:
        """Requests of one state or all, without what is asked, in the order of their ids after one of them."""
        ...

    async def asked(self, request_id: str, *, scope: Scope) -> Asked | None:
        """What it asks: form, prefill, keys."""
        ...

    async def find_by_letter(self, mailbox: str, mailbox_message_id: str) -> ReplyRequest | None:
        """The request of a letter, by the mailbox's id of it; for answers that come out of mailboxes."""
        ...

    async def add(
        self, request: ReplyRequest, asked: Asked, *, events: Sequence[OutgoingEvent], due: Sequence[DueItem]
    ) -> None:
        """Store a new request. Raises DuplicateAggregate where it is there."""
        ...

    async def save(
        self,
        request: ReplyRequest,
        *,
        events: Sequence[OutgoingEvent] = (),
        due_done: Sequence[str] = (),
        due_add: Sequence[DueItem] = (),
        confidential_prefill: bytes | None = None,
    ) -> None:
        """Store its changes if it is still at the version that was read. Raises VersionConflict otherwise."""
        ...


class Replies(Protocol):
    """Where answers are kept."""

    async def find(self, reply_id: str, *, scope: Scope) -> Reply | None:
        """One answer."""
        ...

    async def add(self, reply: Reply, *, events: Sequence[OutgoingEvent], due: Sequence[DueItem]) -> None:
        """Store a new answer, in one write. Raises DuplicateAggregate where its id is taken."""
        ...

    async def save(
        self,
        reply: Reply,
        *,
        events: Sequence[OutgoingEvent] = (),
        due_done: Sequence[str] = (),
        due_add: Sequence[DueItem] = (),
    ) -> None:
        """Store its changes if it is still at the version that was read. Raises VersionConflict otherwise."""
        ...

    async def of_request(self, request_id: str, *, scope: Scope) -> list[Reply]:
        """All answers to a request, oldest first."""
        ...

    async def page(self, query: ReplyQuery, *, scope: Scope, limit: int) -> list[Reply]:
        """Answers in the order of their registration, from `query.after` on."""
        ...


class Drafts(Protocol):
    """Where answers are kept that somebody is still writing."""

    async def find(self, draft_id: str, *, scope: Scope) -> Draft | None:
        """One draft."""
        ...

    async def put(self, draft: Draft, *, expected_version: int | None) -> Draft:
        """Store a draft over the version the caller saw (None: whatever is there).

        Raises VersionConflict where another version is there.
        """
        ...

    async def note_summary(self, draft: Draft, summary: DraftSummary) -> bool:
        """Note which summary was made of it, without changing its version; False where it was changed meanwhile."""
        ...

    async def remove(self, request_id: str, *, pseudonym: str, scope: Scope) -> None:
        """Forget a person's draft; nothing happens where there is none."""
        ...


class Attachments(Protocol):
    """Where files of answers are kept, before and after they are sent."""

    async def find(self, attachment_id: str, *, scope: Scope) -> Attachment | None:
        """One file."""
        ...

    async def find_all(self, attachment_ids: Sequence[str], *, scope: Scope) -> dict[str, Attachment]:
        """Those that are there, by id; one read."""
        ...

    async def add(self, attachment: Attachment, *, due: Sequence[DueItem]) -> None:
        """Store a new one. Raises DuplicateAggregate where its id is taken."""
        ...

    async def save(
        self, attachment: Attachment, *, due_done: Sequence[str] = (), due_add: Sequence[DueItem] = ()
    ) -> None:
        """Store what the scanner said. Raises VersionConflict."""
        ...

    async def remove(self, attachment: Attachment, *, scope: Scope) -> None:
        """Forget one that was never sent."""
        ...


class Boxes(Protocol):
    """Which boxes answers are collected from, and how far."""

    async def ensure(self, box: Box, *, due: DueItem) -> None:
        """Make sure that a box is collected; nothing happens where it is."""
        ...

    async def find(self, box_id: str, *, scope: Scope) -> Box | None:
        """One box."""
        ...

    async def save(self, box: Box, *, due_add: Sequence[DueItem]) -> None:
        """Store how far it was read. Raises VersionConflict."""
        ...


class Incomings(Protocol):
    """Where everything is kept that mailboxes brought, until it is an answer, and after."""

    async def find(self, incoming_id: str, *, scope: Scope) -> Incoming | None:
        """One."""
        ...

    async def add(self, incoming: Incoming, *, due: Sequence[DueItem]) -> bool:
        """Store a new one; False where it is there already."""
        ...

    async def save(
        self, incoming: Incoming, *, due_done: Sequence[str] = (), due_add: Sequence[DueItem] = ()
    ) -> None:
        """Store what became of it. Raises VersionConflict."""
        ...

    async def unmatched(self, *, scope: Scope, after: str | None, limit: int) -> list[Incoming]:
        """Those that are nobody's answer, by id."""
        ...


class Form(Protocol):
    """A form, ready to check answers."""

    def faults(self, data: Mapping[str, Any]) -> list[Fault]:
        """Everything that is wrong, 100 at most, one per place and code; no fault repeats a value."""
        ...

    def confidential(self, data: Mapping[str, Any]) -> list[str]:
        """Pointers of the values that may not leave this service."""
        ...


class Forms(Protocol):
    """Compiled forms."""

    async def of(self, sha256: str, load: Callable[[], Awaitable[bytes]]) -> Form:
        """The form of that digest; `load` gives its schema where it isn't known yet."""
        ...


class DocumentRenderer(Protocol):
    """Makes PDFs for people."""

    async def render(self, document: PersonalDocument, *, record: Mapping[str, Any]) -> bytes:
        """The document in the language of its letter, with the record attached as JSON. Same input, same words."""
        ...


class SummaryRenderer(Protocol):
    """Makes the summary of an answer, to be signed."""

    async def render_summary(self, summary: AnswerSummary) -> bytes:
        """A PDF (PDF/A-3a, PDF/UA-1) with `summary.record` attached. The same summary gives the same bytes."""
        ...


class SignatureJudge(Protocol):
    """Says what the signatures of a file are worth."""

    async def judge(
        self,
        file: ReplyFile,
        *,
        policy: SignaturePolicy,
        asked: AskedSigners,
        at: datetime,
        summary: SummaryRef | None = None,
    ) -> FileFinding:
        """What was found, as of the moment `at`; people under pseudonyms. Never raises for what is in the file.

        With `summary`, the file has to begin with its very bytes.

        Raises:
            JudgingBroke: no process could finish it: it took too much memory or time, or was killed.
        """
        ...


class PrefillSource(Protocol):
    """documents, asked for the confidential values it prefills."""

    async def values(self, message_id: str) -> dict[str, Any]:
        """Values by JSON Pointer. Any exception means: ask again later."""
        ...


class Crypt(Protocol):
    """Encrypts what may not be read in the database."""

    def encrypt(self, text: str, context: str) -> bytes:
        """Bound to its context: it can't be read elsewhere."""
        ...

    def decrypt(self, sealed: bytes, context: str) -> str:
        """The text again."""
        ...
