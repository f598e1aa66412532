"""The catalogue of problems, as a page."""

from chassis.problems import catalogue_table
from dev.contracts.services import SERVICES

_HEAD = """\
# Problems

Every refusal and every fault is told as `application/problem+json` (RFC 9457). `code` never changes its meaning; it
is what programs look at; `issues` names each fault with a JSON Pointer, `instance` is what the log has too.
This page is generated from the code by `make contracts`.

"""


def problems_page() -> str:
    """The page. Importing the services registers their problems."""
    assert SERVICES, "the services are imported"
    return f"{_HEAD}{catalogue_table()}\n"
