"""Rules of the house that a reader relies on."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from chassis.settings import ServiceSettings
from contracts.event import Shape
from contracts.registry import EVENTS
from dev.contracts.services import SERVICES

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("contracts", "chassis", "mailboxes", "signatures", "services", "dev")
CLOCK = re.compile(r"datetime\.now\(|date\.today\(")
VAGUE = {"utils", "util", "helper", "helpers", "manager", "impl", "common", "misc"}


def sources() -> Iterator[Path]:
    """Every module of ours that is no test."""
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("src/**/*.py"))


def tracked() -> list[str]:
    """Every file in git."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def test_imports_run_one_way() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    outcome = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize("most", [320])
def test_files_can_be_read_in_one_go(most: int) -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources()}
    assert {name: lines for name, lines in long.items() if lines > most} == {}


def test_no_module_has_a_vague_name() -> None:
    assert [path for path in sources() if VAGUE & {*path.stem.split("_"), path.parent.name}] == []


def test_only_the_clock_reads_the_time_of_day_where_it_decides() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.relative_to(ROOT).parts[0] == "services"
        and re.search(r"datetime\.now\(|date\.today\(", path.read_text())
    ]
    assert readers == []


def test_only_dev_prints() -> None:
    printers = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.relative_to(ROOT).parts[0] != "dev" and re.search(r"^\s*print\(", path.read_text(), re.MULTILINE)
    ]
    assert printers == []


def test_every_public_thing_of_the_product_has_a_docstring() -> None:
    bare = []
    for path in sources():
        if path.relative_to(ROOT).parts[0] == "dev":
            continue
        tree = ast.parse(path.read_text())
        if path.read_text().strip() and ast.get_docstring(tree) is None:
            bare.append(str(path.relative_to(ROOT)))
        bare += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and ast.get_docstring(node) is None
        ]
    assert bare == []


def _shapes(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        annotation = field.annotation
        for part in (annotation, *getattr(annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, Shape):
                yield from _shapes(part)


def test_every_field_of_every_event_is_described() -> None:
    bare = {
        f"{shape.__name__}.{name}"
        for event in EVENTS
        for shape in _shapes(event)
        for name, field in shape.model_fields.items()
        if not field.description
    }
    assert bare == set()


def test_every_setting_is_described() -> None:
    settings: list[type[ServiceSettings]] = [ServiceSettings, *(service.settings for service in SERVICES)]
    assert [
        f"{each.__name__}.{name}"
        for each in settings
        for name, field in each.model_fields.items()
        if not field.description
    ] == []


def test_no_secret_has_a_default() -> None:
    secret = {
        name
        for service in SERVICES
        for name, field in service.settings.model_fields.items()
        if "SecretStr" in str(field.annotation) and not field.is_required() and field.default is not None
    }
    assert secret == set()


def test_every_ignore_says_why() -> None:
    silent = []
    for path in [*sources(), *sorted((ROOT / "tests").rglob("*.py"))]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = re.search(r"#\s*(?:type: ignore|noqa)(\[[^\]]*\]|: ?[A-Z0-9, ]+)?(.*)$", line)
            if found and '"' not in line[: found.start()][-1:] and not re.search(r"\w{3}", found.group(2) or ""):
                silent.append(f"{path.relative_to(ROOT)}:{number}")
    assert silent == []


def test_the_readme_fits_a_screen_or_two() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 80


def test_locked_packages_come_from_the_public_index() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text()))
    assert hosts <= {"pypi.org", "files.pythonhosted.org"}


def test_nothing_that_is_built_or_kept_aside_is_in_git() -> None:
    assert [name for name in tracked() if name.startswith(("build/", ".venv/", ".tools/"))] == []
