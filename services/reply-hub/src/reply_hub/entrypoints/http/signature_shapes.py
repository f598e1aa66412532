"""What is answered about signatures: policies, findings, decisions."""

from datetime import datetime

from pydantic import Field

from chassis.http.models import Output


class PolicyShape(Output):
    """How an answer, or the files of a slot, have to be signed."""

    level: str = Field(description="NONE, SES, AES, AES_QC or QES.")
    format: str = Field(description="The least durable PAdES format that suffices.")
    kind: str = Field(description="SIGNATURE or SEAL.")
    signers: list[str] = Field(description="One entry per signature that is owed; empty: one, by any who may answer.")
    ordered: bool = Field(description="Whether they sign in that order.")
    when_undecided: str = Field(description="WAIT or HANDLER.")
    acr: list[str] = Field(description="Levels of signing in at which an SES confirmation counts.")


class SignatureShape(Output):
    """What was found of one signature, in the words of ETSI EN 319 102-1."""

    indication: str = Field(description="TOTAL_PASSED, TOTAL_FAILED or INDETERMINATE.")
    sub_indication: str | None = Field(description="Why it is not TOTAL_PASSED.")
    detail: str = Field(description="The finding in words.")
    qualification: str = Field(description="QESig, QESeal, AdESig-QC, AdESeal-QC, AdESig, AdESeal or N/A.")
    format: str = Field(description="B-B, B-T, B-LT or B-LTA.")
    kind: str = Field(description="SIGNATURE or SEAL.")
    signer_match: str = Field(description="Whether the signer is who was asked: MATCH, MISMATCH or UNKNOWN.")
    claimed_at: datetime | None = Field(description="When the signer says that it was made.")
    best_at: datetime | None = Field(description="Earliest moment at which it is proved to have existed.")
    proved_by: str = Field(description="SIGNATURE_TIMESTAMP, DOCUMENT_TIMESTAMP or RECEIPT.")
    algorithm: str = Field(description="Algorithms and key size.")


class FindingShape(Output):
    """What was found of the signatures of one file, and by which rules."""

    attachment_id: str = Field(description="Id of the file.")
    refusal: str | None = Field(description="Why it was not judged.")
    detail: str = Field(description="The refusal in words.")
    signatures: list[SignatureShape] = Field(description="In the order in which they were made.")
    judged_at: datetime = Field(description="Moment for which it holds.")
    policy: str = Field(description="Id of the rules.")
    validator: dict[str, str] = Field(description="Versions of what judged.")
    trusted_lists: str = Field(description="Which trusted lists were used.")


class UndecidedFaultShape(Output):
    """What is undecided about one file."""

    pointer: str = Field(description="JSON Pointer to its place in the answer.")
    code: str = Field(description="Stable code.")
    detail: str = Field(description="In words.")


class UndecidedShape(Output):
    """For what an undecided answer waits."""

    awaiting: str = Field(description="REVOCATION_DATA: judged again by itself; HANDLER: the agency decides.")
    since: datetime = Field(description="Since when.")
    tries: int = Field(description="How often it was judged.")
    faults: list[UndecidedFaultShape] = Field(description="What is undecided.")


class DecisionShape(Output):
    """What a handler decided."""

    accept: bool = Field(description="Whether the answer is accepted.")
    reason: str = Field(description="The reason.")
    by: str = Field(description="Organisation and client that decided.")
    at: datetime = Field(description="When.")
