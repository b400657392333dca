"""README's promises: its settings table is the code's, its files exist, its verbs are real."""

import re
from pathlib import Path

import pytest

from dashboard.settings import Settings
from tests.system.processes import scopc

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def settings_table() -> str:
    return "\n".join(
        f"| `SCOPC_{name.upper()}` | {field.description} |" for name, field in Settings.model_fields.items()
    )


def test_settings_table_equals_the_settings() -> None:
    found = re.search(r"<!-- settings -->\n(.*)\n<!-- /settings -->", README, re.S)
    assert found is not None
    assert found.group(1) == settings_table()


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_linked_file_exists(link: str) -> None:
    assert (ROOT / link).exists()


@pytest.mark.parametrize("verb", sorted(set(re.findall(r"`scopc ([a-z]+)", README))))
def test_verb_exists(verb: str) -> None:
    assert scopc(verb, "--help").returncode == 0
