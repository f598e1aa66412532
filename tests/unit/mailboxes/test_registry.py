"""Mailboxes by name."""

from typing import cast

import pytest

from mailboxes.port import Mailbox
from mailboxes.registry import MailboxRegistry, UnknownMailbox


def test_mailboxes_are_found_by_name() -> None:
    ebox = cast("Mailbox", object())
    registry = MailboxRegistry({"ebox": ebox})
    assert registry["ebox"] is ebox
    assert list(registry) == ["ebox"]
    assert "doccle" not in registry
    with pytest.raises(UnknownMailbox, match="doccle"):
        registry["doccle"]
