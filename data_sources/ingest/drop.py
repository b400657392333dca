"""The drop folder: sheets that are put there are handed in. Also the sheets that a city's pack brings along.

Synchronous, the time is given. What is wrong with a file ends with that file; a store that is away leaves
the file where it is, for the next look.
"""

import os
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from data_sources.errors import FeedContentError, ScopcError, StoreError
from data_sources.imports import codes
from data_sources.imports.handing_in import Outcome, hand_in, refuse, rejected_sheet, write_rejected
from data_sources.imports.planning import digest_of, plan_import, shown_name
from data_sources.imports.spec import ImportSpec
from data_sources.imports.workbook import FILE_MAX_BYTES
from data_sources.model.city import City
from data_sources.model.feed import Rejected
from data_sources.model.observation import FILE_FEED
from data_sources.stores.base import HistoryStore, LiveStore
from data_sources.text import Texts

log = structlog.get_logger("drop")

LOOK_EVERY_S = 10.0
LEASE = "drop"
LEASE_TTL = timedelta(seconds=30)
SHOWN_SINCE = timedelta(days=10 * 366)
"""Statistics of this age are still the last word on what is counted every ten years."""
TEMPORARY = ("~", ".")
"""Names that begin so are of programs that are still writing."""
_Look = tuple[int, int]


class DropFolder:
    """Watches one folder: `done/` and `refused/` below it hold what was taken out."""

    def __init__(
        self,
        folder: Path,
        *,
        rejected_dir: Path,
        city: City,
        specs: Sequence[ImportSpec],
        history: HistoryStore,
        live: LiveStore,
        texts: Texts,
        owner: str,
    ) -> None:
        self._folder = folder
        self._rejected_dir = rejected_dir
        self._city = city
        self._specs = specs
        self._history = history
        self._live = live
        self._texts = texts
        self._owner = owner
        self._seen: dict[str, _Look] = {}
        self._stuck: dict[str, _Look] = {}
        self._is_packed = False
        self._last_import: datetime | None = None
        self._shows = False
        self._failing: str | None = None

    def look(self, now: datetime) -> None:
        """Take what lies there and is whole. Never raises: what fails is told once and tried again."""
        try:
            if not self._live.acquire_lease(LEASE, self._owner, LEASE_TTL):
                return
            if not self._is_packed:
                self._take_pack(now)
                self._is_packed = True
            for path in self._still():
                self._take(path, now)
            self._show(now)
            self._failing = None
        except Exception as error:
            if str(error) != self._failing:
                log.error(
                    "drop folder", reason=str(error), exc_info=not isinstance(error, ScopcError | OSError)
                )
            self._failing = str(error)

    def give_back(self) -> None:
        """Give the lease back; the last call."""
        try:
            self._live.release_lease(LEASE, self._owner)
        except StoreError as error:
            log.warning("drop folder", reason=str(error))

    def _take_pack(self, now: datetime) -> None:
        """Hand in the real series of the pack, each content once while its file is kept."""
        for path in sorted(Path(self._city.root).glob("data/*.csv")):
            content = path.read_bytes()
            known = self._history.import_of(digest_of(content))
            if known is not None and known.payload_id is not None:
                continue
            try:
                self._hand_in(content, path.name, now)
            except FeedContentError as error:
                log.error(
                    "series of the pack is unusable", file=path.name, code=error.code, reason=str(error)
                )

    def _still(self) -> list[Path]:
        """Files whose size and time stood still since the last look, by name."""
        self._folder.mkdir(parents=True, exist_ok=True)
        now: dict[str, _Look] = {}
        for path in sorted(self._folder.iterdir()):
            try:
                if path.name.startswith(TEMPORARY) or path.is_symlink() or not path.is_file():
                    continue
                told = path.stat()
            except OSError:
                continue  # it went away between two calls
            now[path.name] = (told.st_size, told.st_mtime_ns)
        self._stuck = {name: look for name, look in self._stuck.items() if now.get(name) == look}
        still = [
            name for name, look in now.items() if self._seen.get(name) == look and name not in self._stuck
        ]
        self._seen = now
        return [self._folder / name for name in still]

    def _take(self, path: Path, now: datetime) -> None:
        """Hand one file in and move it away."""
        content = b""
        name = shown_name(path.name)
        try:
            size = path.stat().st_size
            if size > FILE_MAX_BYTES:
                raise FeedContentError(codes.TOO_LARGE.code, f"{size} bytes, limit {FILE_MAX_BYTES}")
            content = path.read_bytes()
            outcome = self._hand_in(content, name, now)
        except FeedContentError as error:
            payload_id = refuse(error, content, name, self._history, now) if content else None
            log.warning(
                "file refused",
                file=name,
                code=error.code,
                reason=str(error),
                payload_id=payload_id,
            )
            whole = Rejected(code=error.code, entity_id=name, detail=str(error))
            self._move(path, "refused", (whole,), now)
        except OSError as error:
            self._stick(path, error)
        else:
            self._move(path, "done", outcome.plan.rejected, now)

    def _hand_in(self, content: bytes, name: str, now: datetime) -> Outcome:
        plan = plan_import(content, name, self._city, self._specs, now)
        outcome = hand_in(plan, content, self._history, now)
        try:
            write_rejected(plan.rejected, name, plan.digest, self._rejected_dir, self._texts)
        except ScopcError as error:
            log.warning("drop folder", file=name, reason=str(error))
        log.info(
            "file handed in",
            file=name,
            accepted=outcome.accepted,
            corrected=outcome.corrected,
            unchanged=outcome.unchanged,
            rejected=outcome.rejected,
            payload_id=outcome.payload_id,
        )
        return outcome

    def _move(self, path: Path, where: str, rejected: Sequence[Rejected], now: datetime) -> None:
        """Put the file and the sheet of what was refused into a folder below, under a name of their own."""
        folder = self._folder / where
        stamp = f"{now:%Y%m%dT%H%M%SZ}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            target = folder / f"{stamp}-{path.name}"
            if len(os.fsencode(target.name)) > 200:
                target = (
                    folder
                    / f"{stamp}-{zlib.crc32(path.name.encode('utf-8', 'replace')):08x}{path.suffix[:8]}"
                )
            path.replace(target)
            if rejected:
                sheet = target.with_name(f"{target.name}.rejected.csv")
                sheet.write_text(
                    rejected_sheet(rejected, self._texts), "utf-8-sig", newline="", errors="replace"
                )
        except OSError as error:
            self._stick(path, error)

    def _stick(self, path: Path, error: OSError) -> None:
        """Leave a file that cannot be read or moved alone until it changes."""
        log.error("file stays where it is", file=shown_name(path.name), reason=error.strerror)
        look = self._seen.get(path.name)
        if look is not None:
            self._stuck[path.name] = look

    def _show(self, now: datetime) -> None:
        """Bring the last values of what was handed in to the live store: after each import, also one by
        `scopc import`, and when the live store has lost them."""
        last = next((record.imported_at for record in self._history.imports(1)), None)
        if last is None:
            return
        if last == self._last_import and (not self._shows or FILE_FEED in self._live.observations()):
            return
        told = self._history.latest_observations(now - SHOWN_SINCE, FILE_FEED).get(FILE_FEED, ())
        real = tuple(one for one in told if not one.synthetic)
        if real:
            self._live.put_observations(FILE_FEED, real, ())
        self._last_import, self._shows = last, bool(real)
