"""Citizens' reports of the simulated city: a quiet stream of broken lamps and holes, and many at once where
water stands. Pure, by the hour, as nature is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import numpy as np

from data_sources.model.city import City
from data_sources.simulator.chance import Floats, Indices, counts, uniform
from data_sources.simulator.nature import HOUR_S, Nature

T = TypeVar("T")

PER_DAY = 24.0
BY_HOUR = (
    0.2, 0.1, 0.1, 0.1, 0.2, 0.4, 0.9, 1.6, 2.0, 2.0, 1.8, 1.5,
    1.3, 1.4, 1.4, 1.4, 1.4, 1.3, 1.2, 1.2, 1.1, 0.8, 0.5, 0.3,
)  # fmt: skip
WEEKEND = 0.6
PER_MM = 0.12
"""Reports an hour for each millimetre of rain that stands beyond what drains take."""
DRAINED_MM = 10.0
OF_HOUR_MAX = 60
CLOSE_MEDIAN_H, CLOSE_SPREAD = 62.0, 1.0
"""Median time to close, and the standard deviation of its logarithm."""
TAKEN_UP_SHARE = 0.35
"""Share of the time to close after which work begins."""
REJECTED_SHARE, RATED_SHARE, PHONE_SHARE = 0.03, 0.4, 0.01


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about: its type as the portal has it, and how citizens word it."""

    kind: str
    texts: tuple[str, ...]


DRY = (
    Subject("แสงสว่าง", ("ไฟถนนดับหลายต้น ทางมืดมาก", "ไฟส่องสว่างกะพริบทั้งคืน", "เสาไฟหน้าซอยไม่ติด")),
    Subject("ถนน", ("ถนนเป็นหลุมลึก รถจักรยานยนต์เกือบล้ม", "ฝาท่อแตกบนผิวจราจร", "ผิวถนนทรุดหลังการขุด")),
    Subject("ทางเท้า", ("ทางเท้าชำรุด เดินลำบาก", "มีของวางกีดขวางทางเท้า")),
    Subject("ความสะอาด", ("ขยะตกค้างหลายวัน ส่งกลิ่นเหม็น", "มีคนทิ้งกิ่งไม้ริมทาง", "ถังขยะเต็มล้นออกมา")),
    Subject("เสียงรบกวน", ("เสียงดังรบกวนตอนกลางคืน", "ก่อสร้างเสียงดังนอกเวลา")),
    Subject("ต้นไม้", ("กิ่งไม้พาดสายไฟ", "ต้นไม้บังป้ายจราจร")),
    Subject("สัตว์จรจัด", ("สุนัขจรจัดรวมฝูงในซอย", "สุนัขไล่รถที่ปากทาง")),
    Subject("จราจร", ("ไฟจราจรไม่เปลี่ยนสี", "จอดรถซ้อนคันกีดขวาง")),
)
WET = (
    Subject("น้ำท่วม", ("น้ำท่วมขังหน้าซอย รถเล็กผ่านลำบาก", "น้ำขังบนถนนสูงถึงขอบทาง", "น้ำเข้าหน้าบ้านแล้ว")),
    Subject("ท่อระบายน้ำ", ("ท่อระบายน้ำอุดตัน น้ำไม่ไหล", "น้ำเอ่อจากฝาท่อ ขอให้ช่วยลอกท่อ")),
)
FICTITIOUS_PHONE = " โทรกลับที่ 080-000-0000"
"""No such number is given out: it is there so that masking has something to mask."""


@dataclass(frozen=True, slots=True)
class Report:
    """One report with its whole life, in seconds since 1970."""

    report_id: str
    subject: Subject
    text: str
    lat: float
    lon: float
    opened_s: float
    taken_up_s: float
    closed_s: float
    rejected: bool
    stars: int | None

    def state_at(self, now_s: float) -> str:
        """The state word of the portal at a time."""
        if now_s >= self.closed_s:
            return "ไม่เกี่ยวข้อง" if self.rejected else "เสร็จสิ้น"
        return "กำลังดำเนินการ" if now_s >= self.taken_up_s else "รอรับเรื่อง"


@dataclass(frozen=True, slots=True)
class Lives:
    """Reports as arrays: the hour and the number in it that each was opened in, whether it is about water,
    when it was opened and closed (seconds since 1970), and whether it was rejected."""

    hour: Indices
    number: Indices
    wet: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    opened_s: Floats
    closed_s: Floats
    rejected: "np.ndarray[tuple[int], np.dtype[np.bool_]]"


def lives(nature: Nature, first_hour: int, hours: int) -> Lives:
    """Everything that was opened in so many hours, counted since 1970."""
    index = np.arange(first_hour, first_hour + hours, dtype=np.int64)
    sky = nature.at(np.asarray((index + 0.5) * HOUR_S, dtype=np.float64))
    by_hour = np.interp(sky.hour, np.arange(24) + 0.5, BY_HOUR, period=24) / np.mean(BY_HOUR)
    usual = PER_DAY / 24 * by_hour * np.where(sky.weekday < 5, 1.0, WEEKEND)
    over = np.maximum(sky.stored_mm(3 * HOUR_S) - DRAINED_MM, 0)
    dry = np.minimum(counts(nature.seed, "reports/dry", index, usual), OF_HOUR_MAX)
    wet = np.minimum(counts(nature.seed, "reports/wet", index, over * PER_MM), OF_HOUR_MAX)
    of_hour = dry + wet
    hour = np.repeat(index, of_hour)
    begins = np.repeat(np.cumsum(of_hour) - of_hour, of_hour)
    number = np.arange(hour.size, dtype=np.int64) - begins
    key = hour * (4 * OF_HOUR_MAX) + number
    opened = (hour + uniform(nature.seed, "reports/minute", key)) * HOUR_S
    parts = [uniform(nature.seed, f"reports/close/{part}", key) for part in range(4)]
    bell = (np.sum(parts, axis=0) - 2) * np.sqrt(3)
    closes_h = CLOSE_MEDIAN_H * np.exp(CLOSE_SPREAD * bell)
    return Lives(
        hour,
        number,
        number >= np.repeat(dry, of_hour),
        opened,
        opened + closes_h * HOUR_S,
        uniform(nature.seed, "reports/rejected", key) < REJECTED_SHARE,
    )


def reports(nature: Nature, city: City, now: datetime, back: timedelta) -> list[Report]:
    """Reports opened within `back` before now, the newest first. What was opened in the running hour
    depends on its middle's weather, so that an id once told stays."""
    last = int(now.timestamp() // HOUR_S)
    hours = int(back.total_seconds() // HOUR_S)
    told = lives(nature, last - hours, hours + 1)
    known = told.opened_s <= now.timestamp()
    made = [_report(nature, city, told, int(place)) for place in np.flatnonzero(known)]
    return sorted(made, key=lambda one: (-one.opened_s, one.report_id))


def _report(nature: Nature, city: City, told: Lives, place: int) -> Report:
    hour, number = int(told.hour[place]), int(told.number[place])
    key = np.array([hour * (4 * OF_HOUR_MAX) + number], dtype=np.int64)

    def drawn(name: str) -> float:
        return float(uniform(nature.seed, f"reports/{name}", key)[0])

    def central(name: str) -> float:
        """Thick in the middle of the city and thin at its edge, as people live there."""
        return sum(drawn(f"{name}/{part}") for part in range(3)) / 3

    subject = _choice(WET if told.wet[place] else DRY, drawn("subject"))
    text = _choice(subject.texts, drawn("text"))
    box = city.spec.views[min(1, len(city.spec.views) - 1)].bounds
    opened_s, closed_s = float(told.opened_s[place]), float(told.closed_s[place])
    rated = not told.rejected[place] and drawn("rated") < RATED_SHARE
    begun = datetime.fromtimestamp(hour * HOUR_S, UTC)
    return Report(
        report_id=f"SIM-{begun:%Y%m%d%H}-{number:02d}",
        subject=subject,
        text=text + (FICTITIOUS_PHONE if drawn("phone") < PHONE_SHARE else ""),
        lat=box.south + (box.north - box.south) * central("north"),
        lon=box.west + (box.east - box.west) * central("east"),
        opened_s=opened_s,
        taken_up_s=opened_s + TAKEN_UP_SHARE * (closed_s - opened_s),
        closed_s=closed_s,
        rejected=bool(told.rejected[place]),
        stars=1 + round(4 * drawn("stars") ** 0.5) if rated else None,
    )


def _choice(among: Sequence[T], drawn: float) -> T:
    return among[min(int(drawn * len(among)), len(among) - 1)]
