"""The catalogue: the same keys in both languages, a word for everything that code can say."""

import re
from itertools import chain
from pathlib import Path

import pytest

from data_sources.catalogue import load_city
from data_sources.errors import ConfigError
from data_sources.feeds.codes import FEED_RULES
from data_sources.imports.codes import IMPORT_RULES
from data_sources.rules import RULES
from data_sources.text import Texts, load_texts
from data_sources.text.catalogue import LANGS

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    chain(
        (ROOT / "layouts").rglob("*.py"),
        (ROOT / "callbacks").rglob("*.py"),
        (ROOT / "dashboard").rglob("*.py"),
        (ROOT / "assets").glob("*.js"),
    )
)
BRUMAL_BAY = ROOT / "tests" / "fixtures" / "cities" / "brumal_bay"
LITERAL = re.compile(
    r"""(?:\b(?:t|text|say|words|head)\(|texts\.get\([^"()]*,\s*)["']([a-z_]+(?:\.\w+)+)["']"""
)
PREFIX = re.compile(r"""\b(?:t|text|say|words)\((?:f"|`)([a-z_]+\.)(?:\$?\{)""")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@pytest.fixture(scope="module")
def texts() -> Texts:
    return load_texts()


def test_languages_have_the_same_keys_and_placeholders(texts: Texts) -> None:
    catalogues = [texts.all(lang) for lang in LANGS]
    told = [{key: sorted(PLACEHOLDER.findall(text)) for key, text in one.items()} for one in catalogues]
    assert told[0] == told[1]


def test_no_text_is_empty_or_shouts(texts: Texts) -> None:
    for lang in LANGS:
        odd = [key for key, text in texts.all(lang).items() if not text.strip() or "!" in text]
        assert odd == []


def test_every_text_that_code_names_exists(texts: Texts) -> None:
    known = texts.all("en")
    found = {(path.name, key) for path in SOURCES for key in LITERAL.findall(path.read_text("utf-8"))}
    assert len(found) > 50
    assert sorted(f"{name}: {key}" for name, key in found if key not in known) == []


def test_every_family_of_texts_that_code_names_exists(texts: Texts) -> None:
    families = {key.split(".")[0] + "." for key in texts.all("en")}
    found = {prefix for path in SOURCES for prefix in PREFIX.findall(path.read_text("utf-8"))}
    assert {"age.", "code.", "feed.", "vehicle."} <= found
    assert found <= families


def test_every_rule_has_words_in_both_languages(texts: Texts) -> None:
    codes = {rule.code for rule in chain(RULES, FEED_RULES, IMPORT_RULES)}
    assert len(codes) > 30
    for lang in LANGS:
        assert sorted(code for code in codes if f"code.{code}" not in texts.all(lang)) == []


@pytest.mark.parametrize(
    "pack", [*(ROOT / "dashboard" / "cities").iterdir(), BRUMAL_BAY], ids=lambda path: path.name
)
def test_every_unit_of_a_pack_has_words_in_both_languages(texts: Texts, pack: Path) -> None:
    city = load_city(pack, {})
    units = {one.unit for one in (*city.indicators, *city.properties.values(), *city.scales.values())}
    assert len(units) > 30
    for lang in LANGS:
        assert sorted(unit for unit in units if f"units.{unit}" not in texts.all(lang)) == []


def test_code_without_words_stands_for_itself(texts: Texts) -> None:
    assert texts.code("en", "http_418") == "http_418"
    assert texts.code("en", "position_missing") == "no position"


def test_values_fill_placeholders_and_a_missing_one_is_an_error(texts: Texts) -> None:
    assert texts.get("en", "age.ago", age="8 s") == "8 s ago"
    with pytest.raises(KeyError):
        texts.get("en", "link.lost", when="07:42")
    with pytest.raises(KeyError):
        texts.get("th", "no.such")


def test_catalogues_with_different_keys_are_refused(tmp_path: Path) -> None:
    (tmp_path / "th.toml").write_text('[a]\nb = "ก"', encoding="utf-8")
    (tmp_path / "en.toml").write_text('[a]\nc = "x"', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"a\.b, a\.c"):
        load_texts(tmp_path)
