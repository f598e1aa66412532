"""How long a mailbox asks to be left alone."""

from datetime import timedelta

import httpx
import pytest

from mailboxes.ebox.exchange import retry_after


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "30"}, timedelta(seconds=30)),
        ({"retry-after": "99999999999999999999"}, timedelta(days=1)),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "Tue, 24 Nov 2026 10:02:00 GMT"}, None),
        (
            {"date": "Tue, 24 Nov 2026 10:00:00 GMT", "retry-after": "Tue, 24 Nov 2026 10:02:00 GMT"},
            timedelta(minutes=2),
        ),
        (
            {"date": "Tue, 24 Nov 2026 10:00:00 GMT", "retry-after": "Tue, 24 Nov 2026 09:00:00 GMT"},
            timedelta(0),
        ),
    ],
)
def test_seconds_or_a_date(headers: dict[str, str], wait: timedelta | None) -> None:
    assert wait == retry_after(httpx.Headers(headers))
