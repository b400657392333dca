"""Service contract specs: `service.toml` of a city pack, from which a GTFS can be authored."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from data_sources.model.spec import Names, Spec

ClockTime = Annotated[str, Field(pattern=r"^[0-4]\d:[0-5]\d$")]
"""HH:MM of a service day; hours past 24 belong to the night after."""


def clock_seconds(text: str) -> int:
    """Seconds since the service day's start of a `ClockTime`."""
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60


class AgencySpec(Spec):
    """Who runs the service."""

    agency_id: str = Field(min_length=1)
    names: Names
    url: str = Field(pattern=r"^https?://")


class PublicationSpec(Spec):
    """feed_info.txt: who publishes the timetable, and for which days it holds."""

    publisher: str = Field(min_length=1)
    url: str = Field(pattern=r"^https?://")
    version: str = Field(min_length=1)
    start: date
    end: date


class MatchingSpec(Spec):
    """How stops are matched to lines, metres. Meaning: `data_sources/line_passes.py`."""

    drive_on: Literal["left", "right"]
    tolerance_m: Annotated[float, Field(gt=0)]
    merge_m: Annotated[float, Field(gt=0)]
    slack_m: Annotated[float, Field(gt=0)]
    contrast_m: Annotated[float, Field(gt=0)]


class PeriodSpec(Spec):
    """Headway promised between two times of a working day."""

    start: ClockTime
    end: ClockTime
    headway_min: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _ordered(self) -> "PeriodSpec":
        if clock_seconds(self.start) >= clock_seconds(self.end):
            raise ValueError(f"start {self.start} must be before end {self.end}")
        return self


class HolidaySpec(Spec):
    """Days with holiday service: weekdays (0 Monday) of every week, and dates. Its hours are those of
    the working day; its headway follows from the number of vehicles."""

    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...] = (5, 6)
    dates: tuple[date, ...] = ()
    vehicles_per_line: Annotated[int, Field(gt=0)]


class LineSpec(Spec):
    """One line: vehicles at the shortest headway, which with it give the time of a whole round."""

    route_id: str = Field(min_length=1)
    vehicles: Annotated[int, Field(gt=0)]
    headsign: Names


class RunningSpec(Spec):
    """How the time of a round is spread: a wait at the terminus, a dwell at every call, the rest by
    distance."""

    dwell_s: Annotated[int, Field(ge=0)] = 15
    layover_s: Annotated[int, Field(ge=0)] = 0


class VehicleSpec(Spec):
    """The vehicle that the contract names."""

    seats: Annotated[int, Field(gt=0)]
    battery_kwh: Annotated[float, Field(gt=0)]
    energy_kwh_per_km: Annotated[float, Field(gt=0)]
    charger_kw: Annotated[float, Field(gt=0)]


class ServiceSpec(Spec):
    """`service.toml`. `lines_file` holds one LineString per route with `route_id`, `name_th`,
    `name_en` and `color` (#rrggbb); `stops_file` has columns stop_id, name_th, name_en, lat, lon."""

    source: str = Field(min_length=1)
    lines_file: str
    stops_file: str
    agency: AgencySpec
    publication: PublicationSpec
    matching: MatchingSpec
    running: RunningSpec = RunningSpec()
    working_day: Annotated[tuple[PeriodSpec, ...], Field(min_length=1)]
    holiday: HolidaySpec
    lines: Annotated[tuple[LineSpec, ...], Field(min_length=1)]
    vehicle: VehicleSpec | None = None

    @property
    def shortest_headway_s(self) -> int:
        """Headway of the peak."""
        return round(min(period.headway_min for period in self.working_day) * 60)

    def cycle_s(self, line: LineSpec) -> int:
        """Time of a whole round with the wait at its end: headway times vehicles at the peak."""
        return self.shortest_headway_s * line.vehicles

    @property
    def rounds_s(self) -> dict[str, float]:
        """Time of a whole round by route."""
        return {line.route_id: float(self.cycle_s(line)) for line in self.lines}

    def line(self, route_id: str) -> LineSpec | None:
        """The line of that route, or None."""
        return next((line for line in self.lines if line.route_id == route_id), None)
