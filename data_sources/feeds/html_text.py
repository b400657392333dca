"""The text of HTML that stands where plain text should.

Our own scanner: the standard library's parser takes minutes for some kilobytes of `<a <a <a` and
fails on others. This one reads each character a fixed number of times and never fails. It gives text
to be escaped like any other, and is no sanitiser of markup.
"""

import re
from html import unescape

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)[^<>]*>")
_BREAKS = frozenset({"br", "p", "div", "li", "tr"})
_HIDDEN = frozenset({"script", "style"})


def html_text(source: str) -> str:
    """What a browser would show: no tags, comments, scripts and styles; entities resolved."""
    if "<" not in source and "&" not in source:
        return source
    lower = source.lower()
    if len(lower) != len(source):
        lower = source  # a few letters grow in lower case; places must stay the same
    parts: list[str] = []
    at = 0
    while (start := source.find("<", at)) >= 0:
        parts.append(source[at:start])
        if source.startswith("<!--", start):
            at = _after("-->", source, start + 4)
            continue
        tag = _TAG.match(source, start)
        if tag is None:
            parts.append("<")
            at = start + 1
            continue
        at = tag.end()
        name = tag[1].lower()
        if name in _BREAKS:
            parts.append("\n")
        elif name in _HIDDEN and not tag[0].startswith("</"):
            at = _after(">", source, _after(f"</{name}", lower, at))
    parts.append(source[at:])
    return unescape("".join(parts))


def _after(mark: str, source: str, start: int) -> int:
    """The place after the mark, or the end where there is none: what is never closed is hidden."""
    found = source.find(mark, start)
    return len(source) if found < 0 else found + len(mark)
