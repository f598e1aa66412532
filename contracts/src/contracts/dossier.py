"""How an event points at a dossier and at a phase of its handling, in the words of DOSIS."""

from pydantic import Field

from contracts.event import Shape


class DossierRef(Shape):
    """A dossier, and the phase that a letter belongs to."""

    bron: str = Field(max_length=255, description="URI of the source that keeps the dossier.")
    dossier_nummer: str = Field(max_length=100, description="Number of the dossier within its bron.")
    fase: str = Field(
        max_length=100,
        description="Phase of handling: Samenstelling, Behandeling or Afgerond, or one of the bron's own.",
    )
    procedurestap: str | None = Field(
        default=None, max_length=100, description="Step within the phase, where the bron works with steps."
    )
    phase_version: int | None = Field(
        default=None,
        ge=1,
        description="Version of the dossier's phase that the sender had in view, where it knows it.",
    )
    expected_stuktype: str | None = Field(
        default=None,
        max_length=100,
        description="Kind of document (OSLO Stuk) that the answer will be in the dossier.",
    )
