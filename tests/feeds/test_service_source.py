"""Several answers of a service as one payload: when each came, how large they may be, and what is news."""

from datetime import UTC, datetime, timedelta

import pytest

from data_sources.errors import FeedContentError
from data_sources.feeds.service_source import Answers, ServiceSource
from data_sources.feeds.source import Fetched, Unchanged
from tests.feeds.builders import feed_spec

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def answers(*messages: bytes) -> Answers:
    """One message a second from NOW on."""
    clock = iter(NOW + timedelta(seconds=second) for second in range(len(messages)))
    found = Answers(lambda: next(clock))
    for message in messages:
        found.add(message)
    return found


def test_answers_are_messages_of_one_payload_each_as_of_when_it_came() -> None:
    payload = answers(b"a", b"b").payload("https://example.org/x")
    later = NOW + timedelta(seconds=1)
    assert payload.messages == (b"a", b"b")
    assert (payload.message_at, payload.received_at) == ((NOW, later), later)


def test_answers_that_are_too_large_together_are_refused_and_the_earlier_ones_stay() -> None:
    found = Answers(lambda: NOW)
    found.add(b"1234", 5)
    with pytest.raises(FeedContentError) as caught:
        found.add(b"56", 5)
    assert (caught.value.code, len(found)) == ("too_large", 1)


def test_same_answers_are_no_news_until_they_are_forgotten() -> None:
    source = ServiceSource(feed_spec(url="https://example.org"), lambda: NOW)
    told = [type(source._news(answers(b"a"), None)) for _ in range(2)]
    source.forget()
    told += [type(source._news(answers(each), None)) for each in (b"a", b"b")]
    assert told == [Fetched, Unchanged, Fetched, Fetched]
