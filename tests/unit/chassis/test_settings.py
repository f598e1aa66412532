"""Settings that are wrong stop the process with their variable's name, and never show a secret."""

from base64 import b64encode
from pathlib import Path

import pytest

from chassis.settings import load_settings
from dossier_router.settings import RouterSettings

KEY = b64encode(bytes(32)).decode()
SECRET = "hunter2"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Everything that has to be set."""
    key = tmp_path / "key.pem"
    key.write_text("a key")
    for name, value in {
        "ENVIRONMENT": "sandbox",
        "PUBLIC_URL": "http://router.test",
        "MONGODB_URI": f"mongodb://user:{SECRET}@db.test",
        "MONGODB_DATABASE": "router",
        "KAFKA_BOOTSTRAP_SERVERS": "kafka.test:9092",
        "ISSUER": "http://issuer.test",
        "AUDIENCE": "dossier-router",
        "CLIENT_ID": "dossier-router",
        "CLIENT_KEY_FILE": str(key),
        "PSEUDONYM_KEY": KEY,
        "DATA_KEY": KEY,
    }.items():
        monkeypatch.setenv(f"DOSSIER_ROUTER_{name}", value)
    return monkeypatch


def test_whole_settings_are_read(environment: pytest.MonkeyPatch) -> None:
    settings = load_settings(RouterSettings)
    assert settings.sandbox
    assert settings.key_bytes("data_key") == bytes(32)
    assert SECRET not in repr(settings)
    assert KEY not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("MONGODB_URI", None, "is not set"),
        ("PSEUDONYM_KEY", None, "is not set"),
        ("DATA_KEY", "c2hvcnQ=", "exactly 32 bytes"),
        ("DATA_KEY", "not base64!", "base64"),
        ("PSEUDONYM_KEY", "c2hvcnQ=", "at least 32 bytes"),
        ("HTTP_PORT", "70000", "less than or equal"),
        ("TOKEN_CHECK", "hope", "jwks"),
        ("PUBLIC_URL", "http://router.test/", "pattern"),
        ("CLIENT_KEY_FILE", "/nowhere/key.pem", "no such file"),
        ("WEBHOOK_TIMEOUT_S", "0", "greater than 0"),
        ("ENVIRONMENT", "production", "CLAMD_ADDRESS"),
    ],
)
def test_a_wrong_one_is_named_and_ends_the_process(
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
    value: str | None,
    said: str,
) -> None:
    name = f"DOSSIER_ROUTER_{variable}"
    if value is None:
        environment.delenv(name)
    else:
        environment.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        load_settings(RouterSettings)
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in told
    assert variable in told or said == "CLAMD_ADDRESS"
    assert SECRET not in told
    assert "c2hvcnQ=" not in told


def test_production_takes_no_plain_http_and_no_inner_addresses(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("DOSSIER_ROUTER_ENVIRONMENT", "production")
    environment.setenv("DOSSIER_ROUTER_CLAMD_ADDRESS", "clamd.test:3310")
    environment.setenv("DOSSIER_ROUTER_OUTBOUND_PRIVATE_ALLOWED", "true")
    for expected in ("OUTBOUND_PRIVATE_ALLOWED", "https"):
        with pytest.raises(SystemExit):
            load_settings(RouterSettings)
        assert expected in capsys.readouterr().err
        environment.delenv("DOSSIER_ROUTER_OUTBOUND_PRIVATE_ALLOWED", raising=False)
