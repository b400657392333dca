"""Codes: unique, stable, and told to agencies in docs/feeds.md."""

import re
from pathlib import Path

from data_sources.feeds.codes import FEED_RULES
from data_sources.rules import RULES

DOCS = Path(__file__).resolve().parents[2] / "docs" / "feeds.md"
ROW = re.compile(r"^\| `([a-z0-9_]+)` \| (\w+) \| ([^|]+) \| ([^|]*)\|$", re.MULTILINE)


def test_document_has_every_code_with_its_effect_meaning_and_citation_and_no_other() -> None:
    told = [
        (code, effect, meaning, cites.strip())
        for code, effect, meaning, cites in ROW.findall(DOCS.read_text(encoding="utf-8"))
    ]
    meant = [(rule.code, rule.effect, rule.meaning, rule.cites or "") for rule in (*FEED_RULES, *RULES)]
    assert sorted(told) == sorted(meant)


def test_codes_are_unique() -> None:
    codes = [rule.code for rule in (*FEED_RULES, *RULES)]
    assert len(codes) == len(set(codes))
