"""Settings every service has, read from the environment; a wrong one stops the process with its name."""

import base64
import os
import re
import sys
from datetime import timedelta
from typing import Any, Final, Literal, NoReturn, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from chassis.kafka import KafkaSettings

_KEY_BYTES: Final = 32
_URL: Final = r"^https?://[^\s/]+(/[^\s]*[^\s/])?$"
_FILES: Final = ("client_key_file", "kafka_ca_file", "kafka_certificate_file", "kafka_key_file")


class ServiceSettings(BaseSettings):
    """What every service is told. Variables are named by the service's prefix and the field in capitals."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    environment: Literal["sandbox", "production"] = Field(
        default="production",
        description="`sandbox` allows a movable clock, no scanner, and webhooks to private addresses.",
    )
    public_url: str = Field(
        pattern=_URL, description="URL under which others reach this service's API, without a slash at the end."
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
    mongodb_database: str = Field(min_length=1, description="Name of this service's own database.")
    mongodb_timeout_ms: int = Field(
        default=5_000, ge=100, description="Milliseconds after which an absent database is reported."
    )

    kafka_bootstrap_servers: str = Field(
        min_length=1, description="Kafka brokers, as host:port, separated by commas."
    )
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

    issuer: str = Field(
        pattern=_URL, description="Issuer of tokens (OpenID Connect); its discovery document is read from there."
    )
    audience: str = Field(min_length=1, description="Audience a token for this service has to name.")
    token_check: Literal["jwks", "introspection"] = Field(
        default="jwks", description="`jwks` checks signatures here; `introspection` asks the issuer (RFC 7662)."
    )
    client_id: str = Field(min_length=1, description="This service's own client id at the issuer.")
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
    def _is_a_key(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        try:
            key = base64.b64decode(value.get_secret_value(), validate=True)
        except ValueError:
            raise ValueError("has to be base64") from None
        if len(key) < _KEY_BYTES or (info.field_name == "data_key" and len(key) != _KEY_BYTES):
            least = "exactly" if info.field_name == "data_key" else "at least"
            raise ValueError(f"has to be of {least} {_KEY_BYTES} bytes; it has {len(key)}")
        return value

    @model_validator(mode="after")
    def _signs_in_whole(self) -> Self:
        wanted = (self.kafka_sasl_mechanism, self.kafka_username, self.kafka_password)
        if self.kafka_security_protocol.startswith("SASL") and not all(wanted):
            raise ValueError("kafka_sasl_mechanism, kafka_username and kafka_password have to be set, with SASL")
        return self

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        if self.sandbox:
            return self
        if not self.clamd_address:
            raise ValueError("clamd_address has to be set in production: files are never passed unscanned")
        if self.outbound_private_allowed:
            raise ValueError("outbound_private_allowed is for a sandbox; production calls public addresses only")
        for field in ("issuer", "public_url"):
            if not getattr(self, field).startswith("https://"):
                raise ValueError(f"{field} is {getattr(self, field)!r}: production takes https only")
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
        settings = settings_class()
    except ValidationError as error:
        _stop(describe_faults(settings_class, error))
    except SettingsError as error:
        # A field of lists or mappings whose variable is no JSON; the message names the field.
        _stop([_named(settings_class, f"{error}: expected JSON")])
    if missing := _unreadable_files(settings):
        _stop(missing)
    for line in _warnings(settings):
        sys.stderr.write(f"warning: {line}\n")
    return settings


def describe_faults(settings_class: type[ServiceSettings], error: ValidationError) -> list[str]:
    """One line per wrong setting: its variable, what was given (never a secret), what was expected."""
    return [_line(settings_class, dict(fault)) for fault in error.errors(include_url=False)]


def variable(settings_class: type[ServiceSettings], field: str) -> str:
    """The environment variable of a field."""
    return f"{settings_class.model_config.get('env_prefix', '')}{field}".upper()


def _stop(lines: list[str]) -> NoReturn:
    for line in lines:
        sys.stderr.write(f"{line}\n")
    raise SystemExit(2)


def _unreadable_files(settings: ServiceSettings) -> list[str]:
    named = [(field, getattr(settings, field)) for field in _FILES]
    return [
        f"{variable(type(settings), field)} is {path!r}: there is no such file, or it can't be read"
        for field, path in named
        if path and not os.access(path, os.R_OK)
    ]


def _warnings(settings: ServiceSettings) -> list[str]:
    if settings.sandbox or settings.kafka_security_protocol not in {"PLAINTEXT", "SASL_PLAINTEXT"}:
        return []
    name = variable(type(settings), "kafka_security_protocol")
    return [f"{name} is {settings.kafka_security_protocol}: answers travel to the brokers unencrypted"]


def _line(settings_class: type[ServiceSettings], fault: dict[str, Any]) -> str:
    place = [str(step) for step in fault["loc"]]
    message = _named(settings_class, fault["msg"].removeprefix("Value error, "))
    if not place:
        return message
    field = settings_class.model_fields.get(place[0])
    description = field.description if field and field.description else ""
    name = variable(settings_class, place[0])
    if fault["type"] == "missing":
        return f"{name} is not set. Expected: {description}"
    secret = field is not None and "SecretStr" in str(field.annotation)
    given = "a value that is not shown" if secret else repr(fault.get("input"))
    where = f" at {'.'.join(place[1:])}" if place[1:] else ""
    return f"{name} is {given}{where}: {message}. Expected: {description}"


def _named(settings_class: type[ServiceSettings], message: str) -> str:
    """The message with variables in place of fields: those are what its reader can set."""
    fields = "|".join(sorted(settings_class.model_fields, key=len, reverse=True))
    return re.sub(rf"\b({fields})\b", lambda found: variable(settings_class, found.group()), message)
