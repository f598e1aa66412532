"""`python -m dev.contracts write | check | release`: see `--help`."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from contracts.registry import BY_TYPE, EVENTS, schema_name
from dev.contracts.asyncapi import SERVICES, asyncapi
from dev.contracts.compatibility import breaches
from dev.contracts.examples import sample
from dev.contracts.openapi import openapi_documents
from dev.contracts.problems_table import problems_page
from dev.contracts.schemas import all_schemas, writer_schema
from dev.contracts.settings_table import settings_page
from dev.contracts.tables import contracts_page

ROOT = Path(__file__).resolve().parents[4]
SCHEMAS = ROOT / "contracts" / "schemas"
RELEASED = ROOT / "contracts" / "released"
EXAMPLES = ROOT / "contracts" / "examples"


def _json(content: Mapping[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n"


def generated() -> dict[Path, bytes]:
    """Every generated file with its content."""
    files = {SCHEMAS / name: _json(schema) for name, schema in all_schemas().items()}
    files |= {ROOT / "contracts" / "asyncapi" / f"{service}.json": _json(asyncapi(service)) for service in SERVICES}
    files |= {ROOT / "services" / name / "openapi.json": _json(api) for name, api in openapi_documents().items()}
    files[ROOT / "docs" / "contracts.md"] = contracts_page().encode()
    files[ROOT / "docs" / "problems.md"] = problems_page().encode()
    files[ROOT / "docs" / "settings.md"] = settings_page().encode()
    return files


def write() -> int:
    """Write all anew, and a first example of each event that has none."""
    for path, content in generated().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for model in EVENTS:
        path = EXAMPLES / schema_name(model) / "1.json"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_json(sample(model, writer_schema(model))))
    print(f"{len(generated())} files written")
    return 0


def check() -> int:
    """Say what differs from the code, and what would break a reader or writer of the last release."""
    faults = [
        f"{path.relative_to(ROOT)} is not what the code says: run `make contracts`"
        for path, content in generated().items()
        if not path.exists() or path.read_bytes() != content
    ]
    faults += [
        f"{path.relative_to(ROOT)} is left over" for path in sorted(set(SCHEMAS.glob("*.json")) - set(generated()))
    ]
    faults += _breaking()
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"contracts: {len(generated())} files checked, {len(faults)} faults")
    return 1 if faults else 0


def _breaking() -> list[str]:
    current = all_schemas()
    found: list[str] = []
    for path in sorted(RELEASED.glob("*.json")):
        if path.name not in current:
            found.append(f"{path.name}: a released event is gone")
            continue
        promised = path.name.endswith(".writer.json")
        changes = breaches(orjson.loads(path.read_bytes()), current[path.name], promised=promised)
        found += [f"{path.name}{change} (needs a new version of the event)" for change in changes]
    return found


def release() -> int:
    """Take today's schemas as the last released ones, after checking that they break nothing."""
    faults = _breaking()
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        return 1
    RELEASED.mkdir(parents=True, exist_ok=True)
    for name, schema in all_schemas().items():
        (RELEASED / name).write_bytes(_json(schema))
    print(f"{len(BY_TYPE)} events released")
    return 0


def main() -> int:
    """Run one of the three."""
    parser = argparse.ArgumentParser(prog="python -m dev.contracts", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, action in (("write", write), ("check", check), ("release", release)):
        commands.add_parser(name, help=action.__doc__).set_defaults(action=action)
    chosen = parser.parse_args()
    return int(chosen.action())


if __name__ == "__main__":
    sys.exit(main())
