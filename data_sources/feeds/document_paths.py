"""Paths into documents of JSON: where an item and its values stand, as a pack's mapping says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from data_sources.feeds.reading import text

_DOT = re.compile(r"(?<!\\)\.")
_PLACE = re.compile(r"\{([^{}]*)\}")
_AROUND = " \t\r\n\ufeff"
ABSENT = object()
"""What stands at a path that leads nowhere; null is a value."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item with what is around it: the document, what `*` last stood for, and its key."""

    value: Any
    document: Any
    parent: Any = ABSENT
    key: str | None = None

    def at(self, path: str) -> Any:
        """What stands at the path; ABSENT where it leads nowhere."""
        if path.startswith("="):
            return path[1:]
        if "{" in path:
            return self._filled(path)
        if path.startswith("/"):
            return _walk(self.document, path[1:])
        root, _, rest = path.partition(".")
        if root == "@key":
            return ABSENT if self.key is None else self.key
        if root == "@value":
            return _walk(self.value, rest)
        if root == "@parent":
            return _walk(self.parent, rest)
        return _walk(self.value, path)

    def text_at(self, path: str | None) -> str | None:
        """One line of text at the path, or None."""
        return None if path is None else text(self.at(path))

    def _filled(self, template: str) -> Any:
        parts = [text(self.at(path)) for path in _PLACE.findall(template)]
        if any(part is None for part in parts):
            return ABSENT
        words = iter(parts)
        return _PLACE.sub(lambda _: next(words) or "", template)


def items(document: Any, path: str) -> list[Item] | None:
    """The items that a path leads to; None where there is no list and no object of items.

    An empty path means the document: each of a list, or the one object.
    """
    if not path:
        values = document if isinstance(document, list) else [document]
        return [Item(value, document) for value in values]
    steps = _steps(path)
    if steps[-1] != "*":
        steps = (*steps, "*")
    found = list(_expanded(document, document, steps, ABSENT, None))
    return found or (None if _is_nowhere(document, steps) else [])


def _expanded(
    document: Any, here: Any, steps: tuple[str, ...], parent: Any, key: str | None
) -> Iterator[Item]:
    if not steps:
        yield Item(here, document, parent, key)
        return
    step, rest = steps[0], steps[1:]
    if step != "*":
        inside = _step(here, step)
        if inside is not ABSENT:
            yield from _expanded(document, inside, rest, parent, key)
    elif isinstance(here, list):
        for value in here:
            yield from _expanded(document, value, rest, value if rest else parent, None)
    elif isinstance(here, dict):
        for name, value in here.items():
            yield from _expanded(document, value, rest, value if rest else parent, text(name))


def _is_nowhere(document: Any, steps: tuple[str, ...]) -> bool:
    """Whether the steps before the first `*` do not lead to a list or an object."""
    here = document
    for step in steps:
        if step == "*":
            break
        here = _step(here, step)
    return not isinstance(here, list | dict)


def _walk(value: Any, path: str) -> Any:
    here = value
    if path:
        for step in _steps(path):
            here = _step(here, step)
            if here is ABSENT:
                break
    return here


def _step(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        if step in value:
            return value[step]
        # some sources end their keys with a carriage return, or begin with a byte order mark
        return next((inside for name, inside in value.items() if name.strip(_AROUND) == step), ABSENT)
    if isinstance(value, list) and step.isdecimal() and int(step[:9]) < len(value):
        return value[int(step[:9])]
    return ABSENT


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(step.replace("\\.", ".") for step in _DOT.split(path))
