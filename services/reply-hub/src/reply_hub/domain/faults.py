"""What is wrong with an answer, told to the person."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: JSON Pointer to its place, a stable code, and words that never repeat the value."""

    pointer: str
    code: str
    detail: str
