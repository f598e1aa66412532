"""`python -m dev.links`: links between documents that lead nowhere."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[3]
_LINK: Final = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_HEADING: Final = re.compile(r"^#+\s+(.*)$", re.MULTILINE)
_CODE: Final = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_LEFT_OUT: Final = {".venv", ".tools", ".git", "build", "node_modules"}


def pages(root: Path) -> Iterator[Path]:
    """Every Markdown page of the project."""
    for path in sorted(root.rglob("*.md")):
        if not _LEFT_OUT & set(path.relative_to(root).parts):
            yield path


def anchors(text: str) -> set[str]:
    """The names of a page's headings, as the usual renderers make them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in _HEADING.findall(text)}


def dead_links(root: Path) -> list[str]:
    """Each link to a file, or a heading, that isn't there."""
    return [fault for page in pages(root) for fault in _of_page(page, root)]


def _of_page(page: Path, root: Path) -> Iterator[str]:
    for target in _LINK.findall(_CODE.sub("", page.read_text())):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        file = page if not path else (page.parent / path)
        if not file.exists():
            yield f"{page.relative_to(root)}: {target} is not there"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text()):
            yield f"{page.relative_to(root)}: {path or page.name} has no heading #{anchor}"


def main() -> int:
    """Print them."""
    faults = dead_links(_ROOT)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"links: {len(list(pages(_ROOT)))} pages, {len(faults)} dead links")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
