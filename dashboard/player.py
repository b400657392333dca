"""`scopc play`: serves recorded payloads over HTTP as if they came now; the far end of a replay."""

import hashlib
from bisect import bisect_right
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard import compose
from data_sources import recording
from data_sources.errors import ConfigError, FeedContentError
from data_sources.model.city import FeedSpec
from data_sources.model.spec import Names
from data_sources.recording import Recording, Shift

SHIFTABLE = ("gtfs_realtime",)
"""Kinds whose times can be moved to now."""


def read_recordings(files: tuple[Path, ...], kind: str) -> list[Recording]:
    """Read recorded payloads in order of their own time; ConfigError names what is unusable."""
    if kind not in SHIFTABLE:
        raise ConfigError(f"cannot replay kind {kind!r}; allowed: {', '.join(SHIFTABLE)}")
    names = Names(th="บันทึกข้อมูลย้อนหลัง", en="Recording")
    feed = FeedSpec.model_validate({"feed_id": "recording", "kind": kind, "names": names, "agency": names})
    found = []
    for file in files:
        try:
            found.append(recording.read_recording(file.read_bytes(), feed, compose.clock()))
        except OSError as error:
            raise ConfigError(f"{file}: {error.strerror}") from error
        except FeedContentError as error:
            raise ConfigError(f"{file.name}: {error.code}: {error}") from error
    return sorted(found, key=lambda one: one.recorded_at)


class Player:
    """Which recording is due, with its times moved so that it was recorded when it is shown.

    After the last one the first follows again, after the median gap, unless `once`.
    """

    def __init__(self, recordings: list[Recording], speed: float, *, once: bool) -> None:
        self._recordings = recordings
        self._offsets = recording.offsets(recordings, speed)
        self._round = self._offsets[-1] + timedelta(seconds=recording.STEP_S)
        self._once = once
        self._started_at = compose.clock()

    def due(self) -> bytes:
        """The payload that is due now."""
        elapsed = compose.clock() - self._started_at
        rounds = 0 if self._once else elapsed // self._round
        within = elapsed - rounds * self._round
        index = bisect_right(self._offsets, within) - 1
        one = self._recordings[index]
        shift = Shift(one.recorded_at, self._shown_at(rounds, index), self._shown_before(rounds, index))
        return recording.shifted(one.payload, shift)

    def _shown_at(self, rounds: int, index: int) -> datetime:
        return self._started_at + rounds * self._round + self._offsets[index]

    def _shown_before(self, rounds: int, index: int) -> datetime | None:
        """When the recording before this one was shown; None for the very first."""
        if index:
            return self._shown_at(rounds, index - 1)
        return self._shown_at(rounds - 1, len(self._offsets) - 1) if rounds else None


def play(files: tuple[Path, ...], http_port: int, kind: str, speed: float, *, once: bool) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    player = Player(read_recordings(files, kind), speed, once=once)

    def answer(request: Request) -> Response:
        body = player.due()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"etag": etag})
        return Response(body, media_type="application/x-protobuf", headers={"etag": etag})

    app = Starlette(routes=[Route("/recording", answer)])
    uvicorn.run(app, host="127.0.0.1", port=http_port, log_level="warning", access_log=False)
