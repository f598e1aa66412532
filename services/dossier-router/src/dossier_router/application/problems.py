"""Codes of refusals that only this service tells."""

from typing import Final

from chassis.problems import ProblemType, register

BRON_TAKEN: Final = register(
    ProblemType(
        "BRON_TAKEN", 409, "Bron taken", "The bron belongs to another organisation; it can't be given away here."
    )
)
PHASE_CONTRADICTS: Final = register(
    ProblemType(
        "PHASE_CONTRADICTS",
        409,
        "Phase contradicts",
        "This version of the dossier was told before, with another phase; the first one stays.",
    )
)
ACKNOWLEDGED_ALREADY: Final = register(
    ProblemType(
        "ACKNOWLEDGED_ALREADY",
        409,
        "Acknowledged already",
        "The filing was acknowledged before, with another result.",
    )
)
NOT_PARKED: Final = register(
    ProblemType("NOT_PARKED", 409, "Not parked", "Somebody else is filing this answer, or has filed it.")
)
TARGET_UNKNOWN: Final = register(
    ProblemType(
        "TARGET_UNKNOWN", 422, "Target unknown", "The dossier to file into, or that phase of it, is not known here."
    )
)
WEBHOOK_REFUSED: Final = register(
    ProblemType(
        "WEBHOOK_REFUSED", 422, "Webhook refused", "The address can't be called: https, no credentials, no fragment."
    )
)
