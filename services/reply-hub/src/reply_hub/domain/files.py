"""Files of an answer: what a request wants of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reply_hub.domain.faults import Fault
from reply_hub.domain.signing import NO_SIGNATURE, SignaturePolicy

MOST_FILES: Final = 6
"""Files of one answer, as in eBox."""
LONGEST_FILE_NAME: Final = 80


class ScanState(StrEnum):
    """What the virus scanner said of a file."""

    WAITING = "WAITING"
    CLEAN = "CLEAN"
    INFECTED = "INFECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place for files."""

    slot: str
    title: dict[str, str]
    min_files: int
    max_files: int
    max_bytes: int
    media_types: tuple[str, ...]
    signature: SignaturePolicy = NO_SIGNATURE


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFile:
    """A file of an answer. `sha256` is base64url without padding, `size` in bytes."""

    attachment_id: str
    slot: str
    file_name: str
    media_type: str
    size: int
    sha256: str


def file_faults(files: Sequence[ReplyFile], slots: Sequence[Slot], *, max_total_bytes: int) -> list[Fault]:
    """What is wrong with the files of an answer: too few or too many, too large, of another type."""
    by_name = {slot.slot: slot for slot in slots}
    faults = [fault for index, file in enumerate(files) for fault in _of_one(index, file, by_name.get(file.slot))]
    for slot in slots:
        count = sum(file.slot == slot.slot for file in files)
        if count < slot.min_files:
            faults.append(Fault("/attachments", "FILE_MISSING", f"{slot.slot}: at least {slot.min_files} wanted"))
        if count > slot.max_files:
            faults.append(Fault("/attachments", "TOO_MANY_FILES", f"{slot.slot}: at most {slot.max_files}"))
    if len(files) > MOST_FILES:
        faults.append(Fault("/attachments", "TOO_MANY_FILES", f"an answer has {MOST_FILES} files at most"))
    if sum(file.size for file in files) > max_total_bytes:
        faults.append(Fault("/attachments", "PAYLOAD_TOO_LARGE", f"{max_total_bytes} bytes together at most"))
    return faults


def _of_one(index: int, file: ReplyFile, slot: Slot | None) -> list[Fault]:
    pointer = f"/attachments/{index}"
    if slot is None:
        return [Fault(pointer, "FILE_NOT_EXPECTED", "the request has no place for this file")]
    faults = []
    if file.media_type not in slot.media_types:
        faults.append(Fault(pointer, "MEDIA_TYPE_NOT_ALLOWED", f"{slot.slot} takes {', '.join(slot.media_types)}"))
    if file.size > slot.max_bytes:
        faults.append(Fault(pointer, "FILE_TOO_LARGE", f"{slot.slot} takes {slot.max_bytes} bytes at most"))
    return faults


def slots_for(media_types: Sequence[str], slots: Sequence[Slot]) -> list[str]:
    """A slot for each of the files a mailbox brought, which knows no slots: "" where none fits.

    Each file takes the first slot of its type that still lacks files, then the first with room.
    """
    counts = {slot.slot: 0 for slot in slots}
    chosen: list[str] = []
    for media_type in media_types:
        fitting = [slot for slot in slots if media_type in slot.media_types]
        lacking = [slot for slot in fitting if counts[slot.slot] < slot.min_files]
        roomy = [slot for slot in fitting if counts[slot.slot] < slot.max_files]
        name = next((slot.slot for slot in [*lacking, *roomy]), "")
        if name:
            counts[name] += 1
        chosen.append(name)
    return chosen
