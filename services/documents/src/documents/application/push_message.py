"""An agency pushes a letter: checked as a whole, then written with its first due work in one document."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chassis.clock import Clock
from chassis.http.idempotency import Idempotent, StoredAnswer, find_answer
from chassis.mongo import DuplicateAggregate
from chassis.problems import IDENTIFIER_LOOKS_PERSONAL, MEDIA_TYPE_MISMATCH, Fault, Problem
from chassis.tenancy import TenantScope
from contracts.dossier import DossierRef
from contracts.identifiers import (
    InvalidIdentifier,
    Party,
    PartyType,
    Pseudonymiser,
    Scheme,
    Tenant,
    contains_insz,
    parse_party,
)
from documents.application.due_kinds import SCAN, SCANNER, due
from documents.application.ports import BronDirectory, MessageRepository
from documents.application.problems import (
    DIGEST_DO_NOT_MATCH,
    FILES_DO_NOT_MATCH,
    INVALID_IDENTIFIER,
    INVALID_REPLY_REQUEST,
    INVALID_SENDER,
    NOT_OFFERED,
    UNKNOWN_BRON,
)
from documents.application.records import Attachment, Letter, Message, Step
from documents.application.reply_request import Asked, FreezeReplyRequest, Frozen
from documents.application.take_files import TakenFile
from documents.domain.message import Kind, Status
from mailboxes.port import Mailbox

PENDING: Final = "PENDING"
CLEAN: Final = "CLEAN"
INFECTED: Final = "INFECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """The recipient as named by the agency; `pointer` leads to the number in the body."""

    type: PartyType
    scheme: Scheme
    number: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedFile:
    """A file as the JSON part announces it."""

    part: str
    title: str
    is_main_content: bool
    is_signed: bool
    sha256: str
    media_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLetter:
    """A letter as it was pushed."""

    recipient: Recipient
    letter: Letter
    files: Sequence[AnnouncedFile]
    dossier: DossierRef | None
    reply_authorized: bool
    asked: Asked | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushMessage:
    """Use case. `senders` has the enterprise number under which each organisation sends."""

    messages: MessageRepository
    bronnen: BronDirectory
    freeze: FreezeReplyRequest
    mailbox_name: str
    mailbox: Mailbox
    senders: Mapping[str, str]
    pseudonymiser: Pseudonymiser
    clock: Clock

    async def __call__(
        self, new: NewLetter, taken: Mapping[str, TakenFile], call: Idempotent, *, tenant: Tenant, correlation_id: str
    ) -> tuple[StoredAnswer, bool]:
        """Accept it; returns the first answer to the call, and whether it is this one's.

        Raises:
            Problem: it is refused, with every fault of the first kind that was found; nothing is written.
        """
        recipient = self._recipient(new.recipient)
        self._refuse_sender(new.letter, tenant)
        _refuse_files(new, taken)
        self._refuse_not_offered(new.letter)
        await self._refuse_dossier(new, tenant)
        frozen = await self._frozen(new, call, recipient=recipient, tenant=tenant)
        now = self.clock.now()
        message = Message(
            id=call.resource_id,
            tenant=tenant,
            kind=Kind.LETTER,
            status=Status.ACCEPTED,
            correlation_id=correlation_id,
            recipient=recipient,
            pseudonym=self.pseudonymiser.of(recipient),
            letter=new.letter,
            mailbox=self.mailbox_name,
            sent_at=now,
            attachments=tuple(_attachment(file, taken[file.part]) for file in new.files),
            dossier=new.dossier,
            reply_request=frozen.request if frozen else None,
            confidential_prefill=frozen.confidential if frozen else {},
            history=(Step(status=Status.ACCEPTED, at=now),),
        )
        return await self._written(message, call)

    async def _written(self, message: Message, call: Idempotent) -> tuple[StoredAnswer, bool]:
        request = message.reply_request
        body = {
            "messageId": message.id,
            "status": message.status.value,
            "expirationDate": message.letter.expiration_date,
            "replyRequestId": request.reply_request_id if request else None,
            "attachments": [
                {"attachmentId": file.attachment_id, "httpPartName": file.http_part_name}
                for file in message.attachments
            ],
        }
        answer = call.answered(201, body, message.sent_at)
        scan = due(SCAN, at=message.sent_at, destination=SCANNER)
        try:
            await self.messages.add(message, answers=[answer.to_document()], due=[scan])
        except DuplicateAggregate:
            # The same call came in twice at once, and the other was faster.
            first = find_answer(
                await self.messages.answers_of(message.id, scope=TenantScope(message.tenant)) or (), call
            )
            assert first is not None, "a message is written with the answer to its call"
            return first, False
        return answer, True

    def _recipient(self, named: Recipient) -> Party:
        try:
            return parse_party(named.type, named.scheme, named.number)
        except InvalidIdentifier as error:
            fault = Fault(named.pointer, "INVALID_IDENTIFIER", str(error))
            raise Problem(INVALID_IDENTIFIER, "the recipient's number is wrong", faults=[fault]) from None

    def _refuse_sender(self, letter: Letter, tenant: Tenant) -> None:
        if self.senders.get(tenant, tenant) != letter.sender_enterprise_number:
            detail = "not the enterprise number your organisation sends under"
            fault = Fault("/senderOrganizationId", "INVALID_SENDER", detail)
            raise Problem(INVALID_SENDER, detail, faults=[fault])

    def _refuse_not_offered(self, letter: Letter) -> None:
        offered = self.mailbox.capabilities()
        faults = []
        if letter.language not in offered.languages:
            faults.append(Fault("/language", "NOT_OFFERED", f"the mailbox offers {', '.join(offered.languages)}"))
        if letter.registered_mail and not offered.registered_mail:
            faults.append(Fault("/registeredMail", "NOT_OFFERED", "the mailbox has no registered mail"))
        if faults:
            raise Problem(NOT_OFFERED, "the recipient's mailbox does not offer this", faults=faults)

    async def _refuse_dossier(self, new: NewLetter, tenant: Tenant) -> None:
        if new.dossier is None:
            return
        faults = [
            Fault(f"/dossierRef/{name}", "IDENTIFIER_LOOKS_PERSONAL", "holds a valid national number")
            for name, value in new.dossier.model_dump(by_alias=True).items()
            if isinstance(value, str) and contains_insz(value)
        ]
        if faults:
            raise Problem(IDENTIFIER_LOOKS_PERSONAL, IDENTIFIER_LOOKS_PERSONAL.meaning, faults=faults)
        if await self.bronnen.owner(new.dossier.bron) != tenant:
            fault = Fault("/dossierRef/bron", "UNKNOWN_BRON", "not registered for your organisation")
            raise Problem(UNKNOWN_BRON, UNKNOWN_BRON.meaning, faults=[fault])

    async def _frozen(self, new: NewLetter, call: Idempotent, *, recipient: Party, tenant: Tenant) -> Frozen | None:
        if new.asked is None:
            return None
        faults = []
        if new.dossier is None:
            faults.append(Fault("/dossierRef", "MISSING", "an answer has to go somewhere: name the dossier"))
        if not new.reply_authorized:
            faults.append(
                Fault("/isReplyAuthorized", "CONTRADICTS", "a letter that asks something authorises replies")
            )
        if faults:
            raise Problem(INVALID_REPLY_REQUEST, "the reply request contradicts the letter", faults=faults)
        return await self.freeze(
            new.asked,
            message_id=call.resource_id,
            recipient_type=recipient.type,
            capabilities=self.mailbox.capabilities(),
            scope=TenantScope(tenant),
            now=self.clock.now(),
        )


def _attachment(announced: AnnouncedFile, taken: TakenFile) -> Attachment:
    return Attachment(
        attachment_id=taken.file_id,
        http_part_name=announced.part,
        file_name=taken.file_name,
        title=announced.title,
        media_type=taken.media_type,
        size=taken.size,
        sha256=taken.sha256,
        is_main_content=announced.is_main_content,
        is_signed=announced.is_signed,
        scan=PENDING,
    )


def _refuse_files(new: NewLetter, taken: Mapping[str, TakenFile]) -> None:
    faults = [*_match_faults(new, taken)]
    if faults:
        raise Problem(FILES_DO_NOT_MATCH, FILES_DO_NOT_MATCH.meaning, faults=faults)
    for index, file in enumerate(new.files):
        got = taken[file.part]
        if file.media_type not in {None, got.media_type}:
            fault = Fault(f"/attachments/{index}/mediaType", "MEDIA_TYPE_MISMATCH", f"the part is {got.media_type}")
            raise Problem(MEDIA_TYPE_MISMATCH, "a file part has another media type than announced", faults=[fault])
        if file.sha256.rstrip("=") != got.sha256:
            fault = Fault(
                f"/attachments/{index}/digest/digestValue", "DIGEST_DO_NOT_MATCH", f"the bytes have {got.sha256}"
            )
            raise Problem(DIGEST_DO_NOT_MATCH, DIGEST_DO_NOT_MATCH.meaning, faults=[fault])


def _match_faults(new: NewLetter, taken: Mapping[str, TakenFile]) -> Iterator[Fault]:
    names = [file.part for file in new.files]
    for index, name in enumerate(names):
        if name not in taken:
            yield Fault(f"/attachments/{index}/httpPartName", "NO_SUCH_PART", "no file part has this name")
        elif name in names[:index]:
            yield Fault(f"/attachments/{index}/httpPartName", "TWICE", "two attachments name the same part")
    for name in taken:
        if name not in names:
            yield Fault(f"/{name}", "NOT_ANNOUNCED", "no attachment names this part")
    main_contents = sum(file.is_main_content for file in new.files) + (new.letter.body is not None)
    if main_contents != 1:
        yield Fault("/attachments", "ONE_MAIN_CONTENT", "exactly one file, or the body, is the main content")
