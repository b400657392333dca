"""What becomes of a file that is handed in: into history once, with the sheet of what was refused."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from data_sources.errors import FeedContentError, ScopcError
from data_sources.imports.keeping import kept_file
from data_sources.imports.planning import (
    ImportPlan,
    SeriesName,
    digest_of,
    flagged,
    series_name,
)
from data_sources.model.feed import ImportRecord, Rejected
from data_sources.model.observation import FILE_FEED, Observation
from data_sources.stores.base import HistoryStore
from data_sources.text import Texts

REJECTED_DIR = "rejected"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_SOON = timedelta(microseconds=1)
HEADS = ("sheet", "row", "column", "label", "value", "code", "reason_th", "reason_en", "detail")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the figures of a file: new, corrected, as known, refused. They add up to `values`.
    `payload_id` leads to the file as it is kept."""

    plan: ImportPlan
    observations: tuple[Observation, ...]
    accepted: int
    corrected: int
    unchanged: int
    payload_id: int | None = None

    @property
    def rejected(self) -> int:
        """Figures and rows that were refused."""
        return len(self.plan.rejected)


def preview(plan: ImportPlan, history: HistoryStore | None) -> Outcome:
    """What handing the file in would do; nothing is written. Without a history all is new."""
    known = known_values(plan.observations, history) if history else {}
    observations = flagged(plan.observations, known)
    before = [known.get(series_name(one), {}).get(one.observed_at) for one in observations]
    unchanged = sum(was == one.value for was, one in zip(before, observations, strict=True))
    new = before.count(None)
    return Outcome(plan, observations, new, len(before) - new - unchanged, unchanged)


def hand_in(plan: ImportPlan, content: bytes, history: HistoryStore, now: datetime) -> Outcome:
    """Keep what the file says, and the file as evidence. The record of an import and its file stay as they
    were when it is repeated and nothing changes. StoreError when the history is away."""
    observations = flagged(plan.observations, known_values(plan.observations, history))
    counts = history.record_observations(observations)
    accepted, corrected, unchanged = (counts[key] for key in ("new", "corrected", "unchanged"))
    record = history.import_of(plan.digest)
    if record is None or accepted or corrected:
        record = ImportRecord(
            digest=plan.digest,
            file_name=plan.file_name,
            feed_id=plan.feed_id,
            imported_at=now,
            accepted=accepted,
            corrected=corrected,
            unchanged=unchanged,
            rejected=plan.rejected,
            properties=plan.properties,
            payload_id=None if record is None else record.payload_id,
        )
        payload_id = _keep(record, content, history)
    elif record.payload_id is None:  # of before files were kept
        payload_id = _keep(msgspec.structs.replace(record, properties=plan.properties), content, history)
    else:
        payload_id = record.payload_id
    return Outcome(plan, observations, accepted, corrected, unchanged, payload_id)


def refuse(
    error: FeedContentError, content: bytes, file_name: str, history: HistoryStore, now: datetime
) -> int | None:
    """Keep that a file was refused as a whole, and the file as evidence where it can be looked through;
    where it is. One that was handed in before leaves what is known of it."""
    digest = digest_of(content)
    known = history.import_of(digest)
    if known is not None:
        return known.payload_id
    record = ImportRecord(
        digest=digest,
        file_name=file_name,
        feed_id=FILE_FEED,
        imported_at=now,
        accepted=0,
        corrected=0,
        unchanged=0,
        rejected=(Rejected(code=error.code, entity_id=file_name, detail=str(error)),),
        properties=(),
    )
    return _keep(record, content, history)


def _keep(record: ImportRecord, content: bytes, history: HistoryStore) -> int | None:
    file = None
    if record.payload_id is None:
        file = kept_file(content, record.file_name, record.imported_at)
    return history.record_import(record, file)


def known_values(
    observations: Sequence[Observation], history: HistoryStore
) -> dict[SeriesName, Mapping[datetime, float]]:
    """What history has of the observations' series, as far as it is no simulation."""
    wanted = {series_name(one) for one in observations}
    found = {
        (one.feed_id, one.feature_id, one.property_id): one
        for property_id in sorted({name[2] for name in wanted})
        for one in history.series(property_id=property_id)
        if not one.synthetic
    }
    known: dict[SeriesName, Mapping[datetime, float]] = {}
    for name in sorted(wanted & found.keys()):
        series = found[name]
        if series.first_at is None or series.last_at is None:
            continue
        for told in history.observation_values([series.series_id], series.first_at, series.last_at + _SOON):
            known[name] = dict(zip(told.times, told.values, strict=True))
    return known


def rejected_sheet(rejected: Sequence[Rejected], texts: Texts) -> str:
    """Refused rows with their reasons as CSV. No cell begins like a formula, whatever the file held."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADS)
    for one in rejected:
        record = one.record
        cells = (
            *(record.get(name, "") for name in HEADS[:5]),
            one.code,
            texts.code("th", one.code),
            texts.code("en", one.code),
            one.detail,
        )
        writer.writerow([_harmless(str(cell)) for cell in cells])
    return out.getvalue()


def write_rejected(
    rejected: Sequence[Rejected], file_name: str, digest: str, folder: Path, texts: Texts
) -> Path | None:
    """Write the sheet of what was refused; its path, None when nothing was. ScopcError when it cannot."""
    if not rejected:
        return None
    path = folder / f"{_stem(file_name)}-{digest[:12]}.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # with a byte order mark, or Excel takes Thai for another encoding
        path.write_text(rejected_sheet(rejected, texts), "utf-8-sig", newline="", errors="replace")
    except OSError as error:
        raise ScopcError(f"the rejected sheet cannot be written: {path.name}: {error.strerror}") from error
    return path


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _stem(file_name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", Path(file_name).stem)[:40].strip(".") or "file"
