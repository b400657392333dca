"""Every page of the desk, th and en: sound, and behind every figure its unit, its time and its source.

From a figure to the message that it came in there are two clicks, or two presses of Enter.
"""

from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests.browser.screen import Screen, script
from tests.system.processes import NO_CERTIFICATES, Running

DRAWER = "document.querySelector('[data-island=evidence]')"
OPEN, SHUT = f"() => !{DRAWER}.hidden", f"() => {DRAWER}.hidden"
RAW = "[data-island=evidence] .evidence__links a"
TOLD = f"() => !{DRAWER}.hidden && document.querySelector('{RAW}') !== null"
IN_DRAWER = "() => document.activeElement.closest('[data-island=evidence]') !== null"
FOCUSED = "() => document.activeElement.dataset.evidence"
OPENERS = """() => [...new Set([...document.querySelectorAll('main [data-evidence]')]
  .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.disabled)
  .map((one) => one.dataset.evidence))]"""
PAGE = "() => document.documentElement.dataset.page"
STOPS_TO_MESSAGE = 4


def test_page_is_sound_in_its_language(desk: Screen, request: pytest.FixtureRequest) -> None:
    _, lang = request.node.callspec.params["opened_desk"]
    assert desk.ask("() => document.documentElement.lang") == lang
    assert "SYNTHETIC" in desk.text()
    assert desk.ask(script("bones.js")) == []
    assert desk.ask("() => document.querySelectorAll('[data-error]').length") == 0
    assert desk.errors == []


def test_every_figure_has_a_unit_a_time_and_a_source(desk: Screen, demo: Running) -> None:
    figures = desk.ask(script("figures.js"))
    assert figures or desk.ask(PAGE) == "feeds"  # whose figures are counts of messages, beside their feeds
    assert [one for one in figures if not one["unit"]] == []
    assert [one for one in figures if not one["opens"]] == []
    assert [one for one in figures if not one["age"]] == []
    subjects = desk.ask(OPENERS)
    assert subjects
    assert {one: lack for one in subjects if (lack := lacks(evidence(demo.url, one)))} == {}


@cache
def evidence(base: str, subject: str) -> Any:
    """What the drawer asks for; the same on every page, so asked once."""
    kind, _, name = subject.partition(":")
    if kind == "observation":
        feature, prop, feed = name.split("|")
        query = {"feature_id": feature, "property": prop, "feed_id": feed}
        asked = httpx.get(
            f"{base}/api/v1/observations/evidence", params=query, timeout=10, verify=NO_CERTIFICATES
        )
    elif kind == "week":
        week, key = name.split("|")
        asked = httpx.get(f"{base}/api/v1/weekly/{week}/indicators/{key}", timeout=10, verify=NO_CERTIFICATES)
    else:
        asked = httpx.get(f"{base}/api/v1/{kind}s/{quote(name, safe='')}", timeout=10, verify=NO_CERTIFICATES)
    assert asked.status_code == 200, (subject, asked.text)
    return asked.json()


def lacks(answer: Any) -> list[str]:
    """What the evidence of a figure, or of a feed, does not tell."""
    item = answer["item"]
    wanted = {"source": answer["agency"], "payload": answer["payloads"] or not item.get("last_good_at")}
    if "value" in item:
        figure = answer.get("week", item)
        is_known = figure["value"] is not None
        time = figure["end"] if "week" in answer else item["observed_at"]
        wanted["payload"] = answer["payloads"] or not is_known
        wanted |= {"unit": answer["unit"], "time": time or not is_known}
    return [what for what, told in wanted.items() if not told]


def opener_with_message(demo: Running, screen: Screen) -> str:
    """The first subject of the page whose evidence leads to messages that can all be read: a binary one is
    saved, not shown."""
    return next(one for one in screen.ask(OPENERS) if are_readable(demo, evidence(demo.url, one)["payloads"]))


def are_readable(demo: Running, payloads: list[Any]) -> bool:
    """Whether there are messages, and all of them text. (Which of several comes first changes.)"""
    kinds = [
        demo.get(f"/api/v1/payloads/{one['payload_id']}").headers["content-type"].partition(";")[0]
        for one in payloads
    ]
    return set(kinds) == {"text/plain"}


def test_two_clicks_lead_from_a_figure_to_the_message_it_came_in(desk: Screen, demo: Running) -> None:
    subject = opener_with_message(demo, desk)
    desk.page.locator(f'main [data-evidence="{subject}"] >> visible=true').first.click()
    desk.wait(TOLD, "the drawer tells of the last message")
    assert desk.ask(IN_DRAWER)

    with desk.page.expect_popup() as popup:
        desk.page.locator(RAW).first.click()
    raw = popup.value
    raw.wait_for_load_state()
    message = demo.get(urlsplit(raw.url).path)
    assert message.status_code == 200
    assert "/payloads/" in raw.url
    assert raw.inner_text("body").strip()[:40] == message.text.strip()[:40]
    raw.close()

    desk.page.bring_to_front()
    desk.page.keyboard.press("Escape")
    desk.wait(SHUT, "the drawer closes")
    assert desk.ask(FOCUSED) == subject


def test_evidence_opens_and_closes_by_keys_alone(desk: Screen, demo: Running) -> None:
    subject = opener_with_message(demo, desk)
    desk.page.locator(f'main [data-evidence="{subject}"] >> visible=true').first.focus()
    desk.page.keyboard.press("Enter")
    desk.wait(TOLD, "the drawer tells of the last message")
    stops = []
    for _ in range(STOPS_TO_MESSAGE):
        desk.page.keyboard.press("Tab")
        stops.append(desk.ask("() => document.activeElement.getAttribute('href') || ''"))
    assert any("/payloads/" in stop for stop in stops), stops
    desk.page.keyboard.press("Escape")
    desk.wait(SHUT, "the drawer closes")
    assert desk.ask(FOCUSED) == subject


def test_check_of_figures_finds_one_without_unit_and_source(desk: Screen) -> None:
    desk.ask(
        """() => {
          const bare = document.createElement("p");
          bare.className = "value";
          bare.id = "bare";
          bare.textContent = "4242";
          document.querySelector("main").append(bare);
        }"""
    )
    found = [one for one in desk.ask(script("figures.js")) if one["words"] == "4242"]
    desk.ask("() => document.getElementById('bare').remove()")
    assert found == [{"words": "4242", "island": "page", "unit": "", "age": "", "opens": ""}]
