"""The settings of each service, as a page."""

from typing import Any

from pydantic.fields import FieldInfo

from chassis.settings import ServiceSettings, variable
from dev.contracts.services import SERVICES

_HEAD = """\
# Settings

Settings are environment variables. One that is wrong stops the process with its name and what is expected; secrets
have no default. This page is generated from the code by `make contracts`.
"""


def settings_page() -> str:
    """The page: what all services have, then what each has of its own."""
    shared = set(ServiceSettings.model_fields)
    prefixes = ", ".join(f"`{service.settings.model_config.get('env_prefix', '')}`" for service in SERVICES)
    sections = [
        _HEAD,
        f"## Every service\n\nPut the service's prefix before each name: {prefixes}.\n",
        _table({name.upper(): ServiceSettings.model_fields[name] for name in ServiceSettings.model_fields}),
    ]
    for service in SERVICES:
        own = {
            variable(service.settings, name): field
            for name, field in service.settings.model_fields.items()
            if name not in shared
        }
        sections += [f"## {service.name}\n", _table(own) if own else "None of its own.\n"]
    return "\n".join(sections)


def _table(fields: dict[str, FieldInfo]) -> str:
    rows = [f"| `{name}` | {_default(field)} | {_cell(field.description)} |" for name, field in fields.items()]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows, ""])


def _default(field: FieldInfo) -> str:
    default: Any = field.get_default()
    if field.is_required():
        return "**required**"
    return "none" if default is None else "empty" if default == "" else f"`{default}`"


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|")
