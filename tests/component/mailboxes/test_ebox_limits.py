"""Letters beyond eBox's limits, which are refused before anything is sent."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from mailboxes.ebox import EboxMailbox
from mailboxes.errors import MailboxRefused
from mailboxes.models import BusinessDatum, LetterAttachment, LetterToPublish

if TYPE_CHECKING:
    from tests.component.mailboxes.conftest import Simulated

Letters = Callable[..., LetterToPublish]
Files = Callable[..., LetterAttachment]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject": "x" * 256}, "subject"),
        ({"subject": ""}, "subject"),
        ({"language": "en"}, "language"),
        ({"attachments": ()}, "one main content"),
        ({"business_data": (BusinessDatum("k", ("é" * 129,)),)}, "businessDataList k"),
    ],
)
async def test_what_the_registry_would_refuse_is_never_sent(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(MailboxRefused, match=said) as refused:
        await ebox.publish(make_letter(**changes))
    assert refused.value.code == "INVALID_INPUT"
    assert refused.value.status is None
    assert simulated.spoiler.requests == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"file_name": "x" * 81}, "file name"),
        ({"http_part_name": 'a"; x="'}, "httpPartName"),
        ({"media_type": "image/png"}, "media type"),
        ({"size": 31 * 1024 * 1024}, "bytes together"),
    ],
)
async def test_files_beyond_the_limits_are_never_sent(
    simulated: "Simulated",
    ebox: EboxMailbox,
    make_letter: Letters,
    make_file: Files,
    change: dict[str, Any],
    said: str,
) -> None:
    with pytest.raises(MailboxRefused, match=said):
        await ebox.publish(make_letter(attachments=(make_file(**change),)))
    assert simulated.spoiler.requests == []


async def test_seven_files_or_two_main_contents_are_never_sent(
    simulated: "Simulated", ebox: EboxMailbox, make_letter: Letters, make_file: Files
) -> None:
    seven = tuple(make_file(http_part_name=f"f{n}", is_main_content=n == 0) for n in range(7))
    with pytest.raises(MailboxRefused, match="6 at most"):
        await ebox.publish(make_letter(attachments=seven))
    with pytest.raises(MailboxRefused, match="one main content"):
        await ebox.publish(make_letter(attachments=(make_file(), make_file(http_part_name="again"))))
    assert simulated.spoiler.requests == []
