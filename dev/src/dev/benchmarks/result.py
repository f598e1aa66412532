"""What a measurement comes to."""

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final

import orjson
import psutil

OUTPUT: Final = Path("build/bench.json")
_PACKAGES: Final = ("fastapi", "uvicorn", "pymongo", "aiokafka", "faststream", "jsonschema-rs", "pydantic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One row. `ratio` is value to baseline; `holds` says whether it is as `goal` asks (None: no goal)."""

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float
    goal: str
    holds: bool | None

    @classmethod
    def of(
        cls,
        name: str,
        value: float,
        baseline: float,
        *,
        unit: str,
        least: float | None = None,
        most: float | None = None,
    ) -> "Result":
        """A row whose goal is a least or a most ratio."""
        ratio = value / baseline if baseline else 0.0
        if least is not None:
            goal, holds = f"ratio ≥ {least:g}", ratio >= least
        elif most is not None:
            goal, holds = f"ratio ≤ {most:g}", ratio <= most
        else:
            return cls(name=name, value=value, unit=unit, baseline=baseline, ratio=ratio, goal="", holds=None)
        return cls(name=name, value=value, unit=unit, baseline=baseline, ratio=ratio, goal=goal, holds=holds)


def middle(values: Sequence[float]) -> float:
    """The median of rounds."""
    return float(median(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def table(results: Sequence[Result]) -> str:
    """All rows, for people."""
    head = ("work", "value", "baseline", "ratio", "goal", "")
    rows = [
        (
            each.name,
            f"{each.value:.1f} {each.unit}",
            f"{each.baseline:.1f} {each.unit}",
            f"{each.ratio:.2f}",
            each.goal,
            {True: "holds", False: "MISSED", None: ""}[each.holds],
        )
        for each in results
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in (head, *rows)
    )


def write(results: Sequence[Result]) -> None:
    """Write build/bench.json."""
    report: dict[str, Any] = {
        "machine": {
            "cpus": psutil.cpu_count(),
            "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
            "system": platform.platform(),
        },
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "results": [asdict(each) for each in results],
    }
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
