"""Settings every service has, read from the environment; a wrong one stops the process with its name."""

import base64
import sys
from datetime import timedelta
from typing import Any, Final, Literal, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.kafka import KafkaSettings

_KEY_BYTES: Final = 32


class ServiceSettings(BaseSettings):
    """What every service is told. Variables are named by the service's prefix and the field in capitals."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    environment: Literal["sandbox", "production"] = Field(
        default="production",
        description="`sandbox` allows a movable clock, no scanner, and webhooks to private addresses.",
    )
    public_url: str = Field(
        description="URL under which others reach this service's API, without a slash at the end."
    )
    http_host: str = Field(default="0.0.0.0", description="Address the API listens on.")  # noqa: S104 - a container's own
    http_port: int = Field(default=8000, ge=1, le=65535, description="Port the API listens on.")
    health_port: int = Field(default=8001, ge=1, le=65535, description="Port of the worker's probes and metrics.")
    graceful_timeout_s: float = Field(
        default=25, gt=0, description="Seconds that work in hand gets to finish after SIGTERM."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that is logged."
    )

    mongodb_uri: SecretStr = Field(description="URI of the replica set; it may hold a password.")
    mongodb_database: str = Field(description="Name of this service's own database.")
    mongodb_timeout_ms: int = Field(
        default=5_000, ge=100, description="Milliseconds after which an absent database is reported."
    )

    kafka_bootstrap_servers: str = Field(description="Kafka brokers, as host:port, separated by commas.")
    kafka_topic_prefix: str = Field(
        default="", description="Put before every topic's name, where hubs share a cluster."
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="How brokers are spoken to."
    )
    kafka_sasl_mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        default=None, description="How this service signs in to the brokers, with SASL."
    )
    kafka_username: str | None = Field(default=None, description="Name this service signs in with.")
    kafka_password: SecretStr | None = Field(default=None, description="Password this service signs in with.")
    kafka_ca_file: str | None = Field(default=None, description="PEM file of the authority that signed the brokers.")
    kafka_certificate_file: str | None = Field(
        default=None, description="PEM file of this service's certificate (mTLS)."
    )
    kafka_key_file: str | None = Field(default=None, description="PEM file of that certificate's key.")
    kafka_session_timeout_ms: int = Field(
        default=45_000, ge=1_000, description="Milliseconds without heartbeat after which a consumer is replaced."
    )
    kafka_heartbeat_interval_ms: int = Field(default=3_000, ge=100, description="Milliseconds between heartbeats.")
    kafka_rebalance_timeout_ms: int = Field(
        default=60_000, ge=1_000, description="Milliseconds that members get to join a rebalance."
    )
    kafka_max_poll_interval_ms: int = Field(
        default=300_000, ge=5_000, description="Milliseconds one event may take before its consumer is replaced."
    )
    kafka_metadata_max_age_ms: int = Field(
        default=5_000, ge=500, description="Milliseconds after which new topics and partitions are noticed."
    )
    kafka_request_timeout_ms: int = Field(
        default=10_000, ge=1_000, description="Milliseconds a broker gets to answer."
    )

    relay_lease_s: float = Field(
        default=10, gt=0.5, description="Seconds after which another worker relays events when one fell silent."
    )
    due_lease_s: float = Field(
        default=60, gt=1, description="Seconds one piece of due work may take before another worker takes it up."
    )
    due_limit_per_destination: int = Field(
        default=8, ge=1, description="Pieces of due work at a time towards one destination, per worker."
    )
    sweep_interval_s: float = Field(default=300, gt=0, description="Seconds between looks for unfinished uploads.")
    sweep_after_s: float = Field(
        default=3600, gt=0, description="Age in seconds at which an unfinished upload is removed."
    )

    issuer: str = Field(description="Issuer of tokens (OpenID Connect); its discovery document is read from there.")
    audience: str = Field(description="Audience a token for this service has to name.")
    token_check: Literal["jwks", "introspection"] = Field(
        default="jwks", description="`jwks` checks signatures here; `introspection` asks the issuer (RFC 7662)."
    )
    client_id: str = Field(description="This service's own client id at the issuer.")
    client_key_file: str = Field(description="PEM file of the private key for private_key_jwt.")
    outbound_private_allowed: bool = Field(
        default=False, description="Whether calls to private addresses and over plain http are allowed; sandbox only."
    )

    pseudonym_key: SecretStr = Field(
        description="Key of pseudonyms: at least 32 bytes, base64; equal for all services."
    )
    data_key: SecretStr = Field(description="Key of values encrypted at rest: 32 bytes, base64.")
    clamd_address: str = Field(
        default="", description="host:port of ClamAV's clamd; empty is off, in a sandbox only."
    )
    otlp_endpoint: str = Field(default="", description="URL of an OTLP/HTTP collector of traces; empty is off.")

    @field_validator("pseudonym_key", "data_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        try:
            key = base64.b64decode(value.get_secret_value(), validate=True)
        except ValueError:
            raise ValueError("has to be base64") from None
        if len(key) < _KEY_BYTES:
            raise ValueError(f"has to be of at least {_KEY_BYTES} bytes; it has {len(key)}")
        return value

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        if self.environment == "production":
            if not self.clamd_address:
                raise ValueError("clamd_address has to be set in production: files are never passed unscanned")
            if self.outbound_private_allowed:
                raise ValueError("outbound_private_allowed is for a sandbox; production calls public addresses only")
        return self

    @property
    def sandbox(self) -> bool:
        """Whether this is no production."""
        return self.environment == "sandbox"

    @property
    def graceful_timeout(self) -> timedelta:
        """Time that work in hand gets to finish."""
        return timedelta(seconds=self.graceful_timeout_s)

    def key_bytes(self, field: Literal["pseudonym_key", "data_key"]) -> bytes:
        """A key, decoded."""
        secret: SecretStr = getattr(self, field)
        return base64.b64decode(secret.get_secret_value())

    def kafka(self, client_id: str) -> KafkaSettings:
        """How Kafka is connected to."""
        return KafkaSettings(
            bootstrap_servers=self.kafka_bootstrap_servers,
            client_id=client_id,
            topic_prefix=self.kafka_topic_prefix,
            security_protocol=self.kafka_security_protocol,
            sasl_mechanism=self.kafka_sasl_mechanism,
            username=self.kafka_username,
            password=self.kafka_password.get_secret_value() if self.kafka_password else None,
            ca_file=self.kafka_ca_file,
            certificate_file=self.kafka_certificate_file,
            key_file=self.kafka_key_file,
            session_timeout_ms=self.kafka_session_timeout_ms,
            heartbeat_interval_ms=self.kafka_heartbeat_interval_ms,
            rebalance_timeout_ms=self.kafka_rebalance_timeout_ms,
            max_poll_interval_ms=self.kafka_max_poll_interval_ms,
            metadata_max_age_ms=self.kafka_metadata_max_age_ms,
            request_timeout_ms=self.kafka_request_timeout_ms,
        )


S = TypeVar("S", bound=ServiceSettings)


def load_settings(settings_class: type[S]) -> S:
    """Read the settings; where one is wrong, say which on standard error and end the process with status 2."""
    try:
        return settings_class()
    except ValidationError as error:
        for line in describe_faults(settings_class, error):
            sys.stderr.write(f"{line}\n")
        raise SystemExit(2) from None


def describe_faults(settings_class: type[ServiceSettings], error: ValidationError) -> list[str]:
    """One line per wrong setting: its variable, what was given (never a secret), what was expected."""
    return [_line(settings_class, dict(fault)) for fault in error.errors(include_url=False)]


def _line(settings_class: type[ServiceSettings], fault: dict[str, Any]) -> str:
    prefix = settings_class.model_config.get("env_prefix", "")
    place = [str(step) for step in fault["loc"]]
    if not place:
        return f"settings: {fault['msg'].removeprefix('Value error, ')}"
    field = settings_class.model_fields.get(place[0])
    name = f"{prefix}{'_'.join(place)}".upper()
    if fault["type"] == "missing":
        return f"{name} is not set: {field.description if field else ''}"
    secret = field is not None and "SecretStr" in str(field.annotation)
    given = "a value that is not shown" if secret else repr(fault.get("input"))
    return f"{name} is {given}: {fault['msg'].removeprefix('Value error, ')}. {field.description if field else ''}"
