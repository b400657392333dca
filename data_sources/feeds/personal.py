"""Personal data in free text: what could tell who wrote it is taken out at intake.

Thailand's Personal Data Protection Act, B.E. 2562, section 22: no more is collected than the purpose needs,
and an operations centre needs to know what is broken, not whom to call. The message as it came stays as
evidence for operators, within the retention of payloads. Names cannot be told from other words and stay.
"""

import json
import re

MASK = "***"

_E_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_CITIZEN_ID = re.compile(r"(?<![\d.])\d[ -]?\d{4}[ -]?\d{5}[ -]?\d{2}[ -]?\d(?!\.?\d)")
"""Thirteen digits, also grouped as on the card: 1-2345-67890-12-3."""
_PHONE = re.compile(r"(?<![\d.])(?:\+?66|0)[ -]?[2-9](?:[ -]?\d){7,8}(?!\.?\d)")
"""A Thai number: 0 or +66, then eight digits (fixed line) or nine (mobile), in any grouping."""
_LINE_ID = re.compile(r"((?:line|ไลน์)\s*(?:id|ไอดี)\s*[:=]?\s*)@?[\w.-]{3,40}", re.IGNORECASE)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*\\?(?:"|\Z)', re.DOTALL)
"""A string of JSON. One that nothing closes goes to the end: looked for anew at each of its quotes, it would
take minutes."""
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


def masked_message(text: str) -> str:
    """A message as it came without personal data. JSON may write a letter as a number, which must not run
    into those that are looked for: its strings are read."""
    return masked(_STRING.sub(_masked_string, text))[0]


def _masked_string(written: re.Match[str]) -> str:
    if "\\" not in written[0]:
        return written[0]  # it stands as it is read
    try:
        hidden, has_any = masked(json.loads(written[0], strict=False))
    except ValueError:
        return written[0]
    if not has_any:
        return written[0]
    # half of a surrogate pair stays written as a number: as a letter nothing could send it
    return json.dumps(hidden, ensure_ascii=False).encode(errors="backslashreplace").decode()


def masked(text: str) -> tuple[str, bool]:
    """The text without e-mail addresses, phone, citizen's and Line ids, and whether any were in it."""
    hidden = text
    for pattern, stands in ((_E_MAIL, MASK), (_LINE_ID, rf"\1{MASK}")):
        hidden = pattern.sub(stands, hidden)
    for pattern in (_CITIZEN_ID, _PHONE):
        # digits are looked for in both scripts; Thai ones are as long, so that places agree
        parts: list[str] = []
        at = 0
        for match in pattern.finditer(hidden.translate(_THAI_DIGITS)):
            parts += (hidden[at : match.start()], MASK)
            at = match.end()
        hidden = "".join((*parts, hidden[at:]))
    return hidden, hidden != text
