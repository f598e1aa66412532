"""The topic registry: every topic's name, key, size, retention, writers and readers.

Topics are created from it in development, the table in the documentation is generated from it, and cluster
manifests are checked against it. `documents`, `reply-hub` and `dossier-router` name the services; `case-system`
a tenant's own system; `operations` the people who run the hub.
"""

from dataclasses import dataclass
from typing import Final

_DAY_MS: Final = 24 * 60 * 60 * 1000
SEVEN_DAYS_MS: Final = 7 * _DAY_MS
THIRTY_DAYS_MS: Final = 30 * _DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic. `retention_ms` is None where the topic is compacted and kept for ever."""

    name: str
    key: str
    partitions: int
    retention_ms: int | None
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    description: str

    @property
    def compacted(self) -> bool:
        """Whether Kafka keeps the last record of each key instead of all records of a time."""
        return self.retention_ms is None


MESSAGES: Final = Topic(
    name="documents.messages.v1",
    key="messageId",
    partitions=6,
    retention_ms=SEVEN_DAYS_MS,
    writers=("documents",),
    readers=("reply-hub",),
    description="How a letter fares: in the mailbox (with what may be answered), read, failed, refused.",
)
REPLIES: Final = Topic(
    name="reply-hub.replies.v1",
    key="hash of bron and dossierNummer",
    partitions=6,
    # Answers travel here; erasure of a person's answer has to reach them within a week.
    retention_ms=SEVEN_DAYS_MS,
    writers=("reply-hub",),
    readers=("documents", "dossier-router"),
    description="Requests opened, changed and closed; answers received, accepted, rejected and filed.",
)
FILINGS: Final = Topic(
    name="dossier-router.filings.v1",
    key="hash of bron and dossierNummer",
    partitions=6,
    retention_ms=SEVEN_DAYS_MS,
    writers=("dossier-router",),
    readers=("reply-hub",),
    description="Where an answer went: filed, parked, delivered, acknowledged or refused by the case system.",
)
BRONNEN: Final = Topic(
    name="dossier-router.bronnen.v1",
    key="hash of bron",
    partitions=1,
    retention_ms=None,
    writers=("dossier-router",),
    readers=("documents",),
    description="Which organisation a source of dossiers (bron) belongs to; the last word per bron stays.",
)
TENANT_PHASES: Final = Topic(
    name="dossiers.phases.v1",
    key="hash of bron and dossierNummer",
    partitions=3,
    retention_ms=SEVEN_DAYS_MS,
    writers=("case-system",),
    readers=("dossier-router",),
    description="Phases of one tenant's dossiers, one topic per tenant: the name ends in the tenant's number.",
)


def _dead_letters(service: str) -> Topic:
    return Topic(
        name=f"{service}.deadletters.v1",
        key="id of the dead letter",
        partitions=1,
        retention_ms=THIRTY_DAYS_MS,
        writers=(service,),
        readers=("operations",),
        description=f"Announces events that {service} could not handle; their content stays in its database.",
    )


DEAD_LETTERS: Final = {service: _dead_letters(service) for service in ("documents", "reply-hub", "dossier-router")}

TOPICS: Final = (MESSAGES, REPLIES, FILINGS, BRONNEN, *DEAD_LETTERS.values())
"""Every topic that exists once; `TENANT_PHASES` is the pattern of those that exist once per tenant."""


@dataclass(frozen=True, slots=True)
class TopicNames:
    """Full names of topics where several hubs share one cluster: each puts its own prefix before them."""

    prefix: str = ""

    def of(self, topic: Topic) -> str:
        """The name on the broker."""
        return f"{self.prefix}{topic.name}"

    def phases_of(self, tenant: str) -> str:
        """The name of one tenant's phase topic."""
        return f"{self.prefix}{TENANT_PHASES.name}.{tenant}"

    def phases_pattern(self) -> str:
        """A regular expression that matches every tenant's phase topic and nothing else."""
        literal = f"{self.prefix}{TENANT_PHASES.name}.".replace(".", r"\.")
        return rf"^{literal}[A-Z0-9]+$"

    def tenant_of(self, name: str) -> str:
        """The tenant whose phase topic this is; the topic says so, never the payload.

        Raises:
            ValueError: the name is not that of a phase topic.
        """
        start = f"{self.prefix}{TENANT_PHASES.name}."
        if not name.startswith(start):
            raise ValueError(f"{name!r} is no phase topic")
        return name.removeprefix(start)
