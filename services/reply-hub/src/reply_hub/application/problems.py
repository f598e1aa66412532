"""The refusals of this service; common ones are the chassis'."""

from collections.abc import Sequence
from typing import Any, Final

from chassis import problems
from chassis.problems import Problem, ProblemType, register
from reply_hub.application.documents import receipt_json
from reply_hub.domain.faults import Fault
from reply_hub.domain.reply import Reply


def _type(code: str, status: int, title: str, meaning: str) -> ProblemType:
    return register(ProblemType(code, status, title, meaning))


FORM_FAULTS: Final = _type(
    "FORM_FAULTS",
    422,
    "The answer breaks the form",
    "Nothing was stored. `issues` has a pointer and a code for each fault; mend them and send the answer again.",
)
ALREADY_ANSWERED: Final = _type(
    "ALREADY_ANSWERED",
    409,
    "Already answered",
    "The request takes one answer and has it; `replyId` and `receipt` say what was received.",
)
REQUEST_CLOSED: Final = _type(
    "REQUEST_CLOSED", 410, "No longer asked", "The request was withdrawn or closed; it takes no answer any more."
)
FILE_REFUSED: Final = _type(
    "FILE_REFUSED", 422, "File refused", "The file is empty, or has no place in the request; `issues` says why."
)
DRAFT_CHANGED: Final = _type(
    "DRAFT_CHANGED", 409, "The draft was changed", "The draft was saved again meanwhile; ask again."
)
NOT_AWAITING_DECISION: Final = _type(
    "NOT_AWAITING_DECISION", 409, "Nothing to decide", "No handler's decision is awaited for this answer (any more)."
)
NOT_ACCEPTABLE: Final = _type(
    "NOT_ACCEPTABLE", 406, "No such form of it", "Documents are application/pdf or application/json."
)


def not_found() -> Problem:
    """It isn't there, or not for this caller."""
    return Problem(problems.NOT_FOUND, "it isn't there, or not for this caller")


def form_faults(faults: Sequence[Fault]) -> Problem:
    """The answer breaks the form."""
    return Problem(FORM_FAULTS, f"the answer has {len(faults)} faults", faults=[issue(fault) for fault in faults])


def issue(fault: Fault) -> problems.Fault:
    """A fault as it is told to a caller."""
    return problems.Fault(fault.pointer, fault.code, fault.detail)


def already_answered(reply: Reply) -> Problem:
    """The request has its answer."""
    extra: dict[str, Any] = {"replyId": reply.id, "receipt": receipt_json(reply)}
    return Problem(ALREADY_ANSWERED, "this request takes one answer, and has it", extra=extra)


def draft_changed() -> Problem:
    """The draft was saved again while its summary was made."""
    return Problem(DRAFT_CHANGED, "the draft was saved again while its summary was made; ask again")


def not_awaiting_decision() -> Problem:
    """Nobody has to decide about this answer."""
    return Problem(NOT_AWAITING_DECISION, "no decision is awaited for this answer")


def request_closed() -> Problem:
    """The request takes no answer any more."""
    return Problem(REQUEST_CLOSED, "this request was withdrawn or closed")
