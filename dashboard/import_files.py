"""`scopc import indicators`: a sheet of an agency into history, or a look at what it would change."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dashboard import compose
from dashboard.check import with_run
from dashboard.runfile import read_run_file
from dashboard.settings import Settings
from dashboard.tables import Row, table
from data_sources.errors import ConfigError
from data_sources.imports.handing_in import REJECTED_DIR, Outcome, hand_in, preview, write_rejected
from data_sources.imports.planning import plan_import
from data_sources.imports.spec import read_imports
from data_sources.stores.base import HistoryStore
from data_sources.text import load_texts

SHOWN = 10
"""Rows that are shown of what would be recorded, and of what is refused."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the file, or would; `sheet` is where the refused rows stand."""

    outcome: Outcome
    previewed: bool
    sheet: Path | None = None


def import_file(settings: Settings, file: Path, *, previewed: bool) -> Report:
    """Read the file and keep what it says, or with `previewed` write nothing. ConfigError when there is no
    such file, FeedContentError when it is unusable as a whole."""
    if not file.is_file():
        raise ConfigError(f"{file}: {'not a file' if file.exists() else 'no such file'}")
    folder = _data_dir(settings)
    settings = with_run(settings)
    city = compose.load_city(settings)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    now = compose.clock()
    plan = plan_import(content, file.name, city, read_imports(city), now)
    if previewed:
        history = _history_if_any(settings)
        try:
            return Report(preview(plan, history), previewed)
        finally:
            if history is not None:
                history.close()
    history = compose.open_history(settings, upgrade=True)
    try:
        outcome = hand_in(plan, content, history, now)
    finally:
        history.close()
    sheet = write_rejected(plan.rejected, file.name, plan.digest, folder / REJECTED_DIR, load_texts())
    return Report(outcome, previewed, sheet)


def _data_dir(settings: Settings) -> Path:
    """The folder whose stores are used: that of a demo running in the usual place below ours, if any."""
    below = settings.data_dir / "demo"
    runs_below = read_run_file(settings.data_dir) is None and read_run_file(below) is not None
    return below if runs_below and not settings.redis_url else settings.data_dir


def _history_if_any(settings: Settings) -> HistoryStore | None:
    """The history, not made for the purpose: a preview writes nothing."""
    if settings.database_url is None and not (settings.data_dir / "history.db").is_file():
        return None
    return compose.open_history(settings)


def print_report(report: Report, as_json: bool) -> None:
    """Print the report for a person, or as JSON."""
    outcome, plan = report.outcome, report.outcome.plan
    if as_json:
        answer = {
            "file": plan.file_name,
            "digest": plan.digest,
            "feed_id": plan.feed_id,
            "preview": report.previewed,
            "rows": plan.rows,
            "values": plan.values,
            "accepted": outcome.accepted,
            "corrected": outcome.corrected,
            "unchanged": outcome.unchanged,
            "rejected": outcome.rejected,
            "rejected_by_code": plan.by_code,
            "blank_cells": plan.blanks,
            "hidden_rows": plan.hidden,
            "sheets_left_aside": plan.sheets_aside,
            "columns_left_aside": plan.columns_aside,
            "payload_id": outcome.payload_id,
            "rejected_sheet": None if report.sheet is None else str(report.sheet),
            "records": outcome.observations,
            "rejects": plan.rejected,
        }
        sys.stdout.write(json.dumps(msgspec.to_builtins(answer), ensure_ascii=False, indent=2) + "\n")
        return
    lines = [
        f"{plan.file_name}: {plan.values} values in {plan.rows} rows"
        + (" (preview: nothing is written)" if report.previewed else ""),
        f"accepted {outcome.accepted}, corrected {outcome.corrected}, unchanged {outcome.unchanged}, "
        f"rejected {outcome.rejected}",
    ]
    lines += [f"  {code} {count}" for code, count in plan.by_code.items()]
    if plan.hidden:
        lines.append(f"hidden rows, read like the others: {plan.hidden}")
    if plan.blanks:
        lines.append(f"empty cells, not taken as anything: {plan.blanks}")
    if plan.sheets_aside:
        lines.append(f"sheets without a header that is understood: {', '.join(plan.sheets_aside)}")
    if plan.columns_aside:
        lines.append(f"columns left aside: {', '.join(plan.columns_aside)}")
    if report.previewed:
        lines += ["", "as they would be recorded:", *table(_recorded(outcome))]
        lines += ["", "refused:", *table(_refused(outcome))] if plan.rejected else []
    if outcome.payload_id is not None:
        lines.append(f"kept as evidence: payload {outcome.payload_id}")
    if report.sheet is not None:
        lines.append(f"rejected rows with their reasons: {report.sheet}")
    sys.stdout.write("\n".join(lines) + "\n")


def _recorded(outcome: Outcome) -> list[Row]:
    pairs = zip(outcome.plan.places, outcome.observations, strict=True)
    return [
        {
            "cell": str(place),
            "property": one.property_id,
            "of": one.feature_id,
            "value": f"{one.value:g}" if abs(one.value) < 1e5 else f"{one.value:,.2f}",
            "unit": one.unit,
            "until": f"{one.observed_at:%Y-%m-%d %H:%MZ}",
            "flags": ", ".join(one.flags),
        }
        for place, one in list(pairs)[:SHOWN]
    ]


def _refused(outcome: Outcome) -> list[Row]:
    return [
        {"cell": one.entity_id, "value": one.record.get("value"), "code": one.code, "why": one.detail}
        for one in outcome.plan.rejected[:SHOWN]
    ]
