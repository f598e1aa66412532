"""Topic names, and the tenant that a phase topic belongs to."""

import re

import pytest

from contracts.registry import BY_TYPE, EVENTS
from contracts.topics import MESSAGES, SEVEN_DAYS_MS, TOPICS, TopicNames


def test_a_prefix_goes_before_every_name() -> None:
    assert TopicNames("test-").of(MESSAGES) == "test-documents.messages.v1"
    assert TopicNames().of(MESSAGES) == "documents.messages.v1"


@pytest.mark.parametrize("prefix", ["", "test-1.", "a.b-"])
def test_the_pattern_matches_tenants_phase_topics_only(prefix: str) -> None:
    names = TopicNames(prefix)
    pattern = re.compile(names.phases_pattern())

    assert pattern.match(names.phases_of("OVO002949"))
    assert pattern.match(names.phases_of("0316380841"))
    assert not pattern.match(names.phases_of("../x"))
    assert not pattern.match("x" + names.phases_of("OVO002949"))
    assert not pattern.match(names.of(MESSAGES))
    assert names.tenant_of(names.phases_of("OVO002949")) == "OVO002949"


def test_another_topic_has_no_tenant() -> None:
    with pytest.raises(ValueError, match="no phase topic"):
        TopicNames().tenant_of("documents.messages.v1")


def test_topics_that_carry_answers_keep_them_seven_days_at_most() -> None:
    for topic in TOPICS:
        if "deadletters" not in topic.name and topic.retention_ms is not None:
            assert topic.retention_ms <= SEVEN_DAYS_MS


def test_every_event_has_a_type_of_its_own() -> None:
    assert len(EVENTS) == len(BY_TYPE)
