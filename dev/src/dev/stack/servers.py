"""What a stack is, wherever its servers came from."""

from dataclasses import dataclass
from typing import Protocol


class Server(Protocol):
    """A server that tests may stop and start; its address and its data stay."""

    @property
    def address(self) -> str:
        """Where it answers; stays the same."""
        ...

    async def start(self) -> None:
        """Start it and wait until it answers."""
        ...

    async def stop(self) -> None:
        """Stop it as an operator would."""
        ...


@dataclass(frozen=True, slots=True)
class Stack:
    """Where Kafka and MongoDB answer. The servers are None where somebody else runs them."""

    kafka: str
    mongodb: str
    way: str
    why: str
    kafka_server: Server | None = None
    mongodb_server: Server | None = None

    @property
    def report(self) -> str:
        """One line: which way was chosen, and why."""
        return f"Kafka at {self.kafka} and MongoDB: {self.way} ({self.why})"

    async def stop(self) -> None:
        """Stop what was started for this stack."""
        for server in (self.kafka_server, self.mongodb_server):
            if server is not None:
                await server.stop()


class StackUnavailable(RuntimeError):
    """No servers can be had; the message says what to install."""
