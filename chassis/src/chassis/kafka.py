"""How every Kafka client of ours connects."""

import ssl
from dataclasses import dataclass
from typing import Any, Final

from chassis import logs

__all__ = ["KafkaSettings"]

_PLAIN: Final = "PLAINTEXT"


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """Addresses, security and time limits, as read from the service's settings. Times are milliseconds."""

    bootstrap_servers: str
    client_id: str
    topic_prefix: str = ""
    security_protocol: str = _PLAIN
    sasl_mechanism: str | None = None
    username: str | None = None
    password: str | None = None
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    session_timeout_ms: int = 45_000
    heartbeat_interval_ms: int = 3_000
    rebalance_timeout_ms: int = 60_000
    max_poll_interval_ms: int = 300_000
    metadata_max_age_ms: int = 30_000
    request_timeout_ms: int = 10_000

    def client_options(self) -> dict[str, Any]:
        """What consumers, producers and administrators have in common."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "client_id": self.client_id,
            "security_protocol": self.security_protocol,
            "metadata_max_age_ms": self.metadata_max_age_ms,
        }
        if self.sasl_mechanism is not None:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        if self.security_protocol in {"SSL", "SASL_SSL"}:
            options["ssl_context"] = self._tls()
        elif self.security_protocol == _PLAIN:
            logs.get().debug("kafka_in_plain_text", client=self.client_id)
        return options

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca_file)
        if self.certificate_file is not None:
            context.load_cert_chain(self.certificate_file, self.key_file)
        return context
