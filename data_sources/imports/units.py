"""Units as sheets write them, turned into that of the property."""

import re

from data_sources.feeds.reading import Unusable
from data_sources.feeds.units import UnitUnknown, convert
from data_sources.imports import codes
from data_sources.imports.figures import plain
from data_sources.imports.periods import PeriodGrain

_SCALES = (
    *(("ล้าน", 1e6), ("แสน", 1e5), ("หมื่น", 1e4), ("พัน", 1e3)),
    *(("million ", 1e6), ("thousand ", 1e3)),
)
_COUNTED = frozenset(
    {
        *("count", "persons", "person", "people", "users", "cases", "case", "times", "number"),
        *("คน", "ราย", "ครั้ง", "แห่ง", "เรื่อง", "คัน", "หลัง", "ชุด", "จุด", "จำนวน", "ผู้ใช้", "ชุดข้อมูล", "passengers"),
    }
)
"""Words for one of what the property counts."""
_WORDS = {
    **dict.fromkeys(("ร้อยละ", "เปอร์เซ็นต์", "per cent", "percent"), "%"),
    **dict.fromkeys(("บาท", "baht", "thb", "฿"), "THB"),
    **dict.fromkeys(("องศาเซลเซียส", "องศา", "ºc", "˚c", "°c"), "°C"),
    **dict.fromkeys(("มิลลิเมตร", "มม", "mm"), "mm"),
    **dict.fromkeys(("เมตร", "ม", "m"), "m"),
    **dict.fromkeys(("มรทก", "เมตร รทก", "ม รทก", "ม.รทก"), "m MSL"),
    **dict.fromkeys(("ตัน", "tons", "tonnes"), "t"),
    **dict.fromkeys(("กิโลกรัม", "กก"), "kg"),
    **dict.fromkeys(("ลบม", "ลูกบาศก์เมตร"), "m³"),
    **dict.fromkeys(("ตารางเมตร", "ตรม", "sqm"), "m²"),
    **dict.fromkeys(("นาที", "minutes", "mins"), "min"),
    **dict.fromkeys(("ชั่วโมง", "ชม", "hours", "hrs"), "h"),
    **dict.fromkeys(("กมชม", "กม/ชม", "กิโลเมตรต่อชั่วโมง"), "km/h"),
    **dict.fromkeys(("มคก/ลบม", "ไมโครกรัม/ลบม", "ไมโครกรัมต่อลูกบาศก์เมตร", "ug/m3", "μg/m3"), "µg/m³"),
    **dict.fromkeys(("คะแนน", "score", "scores", "points"), "score"),
    **dict.fromkeys(("เมกะวัตต์",), "MW"),
}
_PER = {
    **dict.fromkeys(("day", "วัน", "d"), "day"),
    **dict.fromkeys(("week", "สัปดาห์"), "week"),
    **dict.fromkeys(("month", "เดือน"), "month"),
    **dict.fromkeys(("quarter", "ไตรมาส"), "quarter"),
    **dict.fromkeys(("year", "ปี"), "year"),
}


def in_unit(value: float, told: str | None, unit: str, grain: PeriodGrain) -> float:
    """A value told in unit `told` (None: that of the property) in the property's `unit`. An amount told
    without its time is one of the row's period. Raise Unusable(`unit_unknown`)."""
    if told is None:
        return value
    factor, name = _scaled(told)
    if name == unit or told.strip() == unit:
        return value * (1.0 if told.strip() == unit else factor)
    what, per = _parts(name)
    unit_what, unit_per = _parts(unit)
    if unit_per is not None:
        if (per or grain) != unit_per:
            raise _unknown(told, unit)
    elif per is not None:
        raise _unknown(told, unit)
    if what == unit_what or (_is_count(what) and _is_count(unit_what)):
        return value * factor
    try:
        return convert(value * factor, what, unit_what)
    except UnitUnknown as error:
        raise _unknown(told, unit) from error


def is_unit(text: str) -> bool:
    """Whether a cell below a head is a unit and nothing else: in brackets, or a word that is known."""
    stripped = plain(text)
    if stripped.startswith(("(", "[", "หน่วย")):
        return True
    what = _parts(_scaled(stripped)[1])[0]
    return _is_count(what) or what in _WORDS.values()


def _unknown(told: str, unit: str) -> Unusable:
    return Unusable(codes.UNIT_UNKNOWN, f"unit {told[:40]!r} cannot be turned into {unit!r}")


def _scaled(told: str) -> tuple[float, str]:
    text = plain(told).strip("()[] ")
    for word, factor in _SCALES:
        if text.casefold().startswith(word) and len(text) > len(word):
            return factor, text[len(word) :].strip()
    return 1.0, text


def _parts(unit: str) -> tuple[str, str | None]:
    """What is counted, and in which time: ("t", "day") of "ตัน/วัน"."""
    what, time = unit, None
    match = re.fullmatch(r"(.+?)\s*(?:/|ต่อ|\bper\b|\ba\b)\s*([^/]+)", unit)
    if match and match[2].strip().casefold() in _PER:
        what, time = match[1].strip(), _PER[match[2].strip().casefold()]
    return _WORDS.get(what.casefold(), _WORDS.get(what.casefold().replace(".", ""), what)), time


def _is_count(what: str) -> bool:
    return what.casefold() in _COUNTED
