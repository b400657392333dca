"""Handing in, twice; the drop folder; the pack's own series; the verb."""

import csv
import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data_sources.errors import StoreError
from data_sources.imports.handing_in import preview, rejected_sheet
from data_sources.imports.spec import read_imports
from data_sources.ingest.drop import DropFolder
from data_sources.model.feed import ImportRecord, Rejected
from data_sources.model.observation import FILE_FEED, Observation
from data_sources.stores.base import HistoryStore
from data_sources.stores.memory import MemoryHistory, MemoryLive
from data_sources.text import load_texts
from tests.imports.sheets import NOW, city, handed_in, horrible_book, pack_sheet, plan
from tests.system.processes import scopc

LATER = NOW + timedelta(seconds=10)
LONG_AGO = NOW - timedelta(days=10 * 366)


class Away(MemoryHistory):
    """A history that cannot be written."""

    def record_observations(self, *_: object, **__: object) -> dict[str, int]:
        raise StoreError("the database is away")


def drop_folder(
    tmp_path: Path, history: MemoryHistory, live: MemoryLive | None = None, pack: Path | None = None
) -> DropFolder:
    return DropFolder(
        tmp_path / "drop",
        rejected_dir=tmp_path / "rejected",
        city=city().model_copy(update={"root": pack or city().root}),
        specs=read_imports(city()),
        history=history,
        live=live or MemoryLive(),
        texts=load_texts(),
        owner="test",
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize(
    ("name", "count"),
    [("agency.xlsx", 12), ("shuttle_monthly.csv", 78)],
    ids=["horrible sheet", "shuttle sheet"],
)
def test_second_run_changes_nothing(history: HistoryStore, name: str, count: int) -> None:
    content = pack_sheet().read_bytes() if name == pack_sheet().name else horrible_book()
    first = handed_in(content, history, name=name)
    told = everything(history)
    again = handed_in(content, history, LATER, name=name)
    assert (first.accepted, first.corrected, first.unchanged) == (count, 0, 0)
    assert (again.accepted, again.corrected, again.unchanged) == (0, 0, count)
    assert again.payload_id == first.payload_id is not None
    assert everything(history) == told


def everything(history: HistoryStore) -> list[object]:
    """Values with their flags, records and files."""
    series = history.series(feed_id=FILE_FEED)
    values = history.observation_values([one.series_id for one in series], LONG_AGO, LATER)
    records = history.imports()
    files = [history.payload(one.payload_id) for one in records if one.payload_id is not None]
    return [series, values, records, files, history.payload(len(files) + 1)]


def test_flags_and_values_come_back_as_they_were_planned(history: HistoryStore) -> None:
    outcome = handed_in(horrible_book(), history)
    planned = {(one.property_id, one.observed_at): (one.value, one.flags) for one in outcome.observations}
    series = history.series(feed_id=FILE_FEED)
    back = {
        (told.series.property_id, at): (value, told.flags.get(at, ()))
        for told in history.observation_values([one.series_id for one in series], LONG_AGO, LATER)
        for at, value in zip(told.times, told.values, strict=True)
    }
    assert back == planned


def test_value_that_differs_is_a_correction_and_the_preview_says_so_before(history: HistoryStore) -> None:
    handed_in("งวด,visitors\nม.ค. 2568,1\nก.พ. 2568,2\n", history)
    changed = "งวด,visitors\nม.ค. 2568,1\nก.พ. 2568,3\nมี.ค. 2568,4\n"
    foreseen, done = preview(plan(changed), history), handed_in(changed, history, LATER)
    for outcome in (foreseen, done):
        assert (outcome.accepted, outcome.corrected, outcome.unchanged) == (1, 1, 1)


def test_month_handed_in_alone_is_marked_by_what_history_knows(history: HistoryStore) -> None:
    handed_in("งวด,visitors\nม.ค. 2568,412345\n", history)
    outcome = handed_in("งวด,visitors\nก.พ. 2568,412345\n", history, LATER)
    assert outcome.observations[0].flags == ("duplicate_period",)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_rejected_sheet_holds_no_formula(start: str) -> None:
    evil = f"{start}HYPERLINK(1)"
    one = Rejected(code="indicator_unknown", entity_id="A1", detail=evil, record={"label": evil, "row": 3})
    rows = list(csv.reader(rejected_sheet([one], load_texts()).splitlines()))
    assert rows[1][3] == rows[1][8] == f"'{evil}"
    assert rows[1][5] == "indicator_unknown"


def test_file_is_taken_once_it_stood_still_for_two_looks(tmp_path: Path) -> None:
    history = MemoryHistory()
    drop = drop_folder(tmp_path, history)
    folder = tmp_path / "drop"
    folder.mkdir()
    file = folder / "visitors.csv"
    file.write_text("งวด,visitors\nม.ค. 2568,1\n", "utf-8")
    drop.look(NOW)
    file.write_text("งวด,visitors\nม.ค. 2568,1\nก.พ. 2568,-\n", "utf-8")
    drop.look(LATER)
    assert names(folder) == ["visitors.csv"]
    drop.look(LATER + timedelta(seconds=10))
    assert names(folder) == ["done"]
    taken = "20261123T050020Z-visitors.csv"
    assert names(folder / "done") == [taken, f"{taken}.rejected.csv"]
    assert "value_missing" in (folder / "done" / f"{taken}.rejected.csv").read_text("utf-8")
    assert [one.file_name for one in history.imports()].count("visitors.csv") == 1


class Asked(MemoryHistory):
    """Remembers of which feeds last values were asked for; None: of all."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str | None] = []

    def latest_observations(
        self, since: datetime, feed_id: str | None = None, until: datetime | None = None
    ) -> dict[str, tuple[Observation, ...]]:
        self.asked.append(feed_id)
        return super().latest_observations(since, feed_id, until)


def test_last_values_of_sheets_are_read_once_also_where_there_are_none(tmp_path: Path) -> None:
    """A sheet may be one of another feed, and then stands with that one's values."""
    history = Asked()
    history.record_import(
        ImportRecord(
            digest="d",
            file_name="x.csv",
            feed_id="buses",
            imported_at=NOW,
            accepted=1,
            corrected=0,
            unchanged=0,
        )
    )
    drop = drop_folder(tmp_path, history, pack=tmp_path)
    for looks in range(4):
        drop.look(NOW + timedelta(seconds=10 * looks))
    assert history.asked == [FILE_FEED]


def test_anything_may_lie_in_the_folder(tmp_path: Path) -> None:
    drop = drop_folder(tmp_path, MemoryHistory())
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    (folder / "empty.csv").touch()
    (folder / "~$open.xlsx").write_bytes(b"lock")
    (folder / "sub").mkdir()
    (folder / "link.csv").symlink_to("/etc/hostname")
    (folder / ("ก" * 80 + ".csv")).write_bytes(b"\x00\x01")
    (folder / os.fsdecode(b"\xff.csv")).write_bytes(b"a,b\n1,2\n")
    drop.look(NOW)
    drop.look(LATER)
    assert names(folder) == ["link.csv", "refused", "sub", "~$open.xlsx"]
    assert len(names(folder / "refused")) == 8


def test_refused_sheet_is_kept_as_evidence_and_a_photo_is_not(tmp_path: Path) -> None:
    history = MemoryHistory()
    drop = drop_folder(tmp_path, history)
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "unknown.csv").write_bytes(b"a,b\n1,2\n")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    drop.look(NOW)
    drop.look(LATER)
    told = {one.file_name: one for one in history.imports()}
    sheet, photo = told["unknown.csv"], told["photo.jpg"]
    assert [one.code for one in (*sheet.rejected, *photo.rejected)] == ["nothing_recognised", "not_text"]
    assert photo.payload_id is None
    assert sheet.payload_id is not None
    kept = history.payload(sheet.payload_id)
    assert kept is not None
    assert kept.payload.messages == (b"a,b\n1,2\n",)


def test_file_waits_while_the_history_is_away(tmp_path: Path) -> None:
    drop = drop_folder(tmp_path, Away())
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "visitors.csv").write_text("งวด,visitors\nม.ค. 2568,1\n", "utf-8")
    for look in range(3):
        drop.look(NOW + look * timedelta(seconds=10))
    assert "visitors.csv" in names(folder)


def test_series_of_the_pack_is_real_history_at_first_start_and_once(tmp_path: Path) -> None:
    history, live = MemoryHistory(), MemoryLive()
    drop = drop_folder(tmp_path, history, live)
    drop.look(NOW)
    drop_folder(tmp_path, history, live).look(LATER)
    assert [(one.file_name, one.accepted) for one in history.imports()] == [(pack_sheet().name, 78)]
    assert {(one.property_id, one.synthetic) for one in history.series(feed_id=FILE_FEED)} == {
        ("shuttle_passengers", False),
        ("shuttle_accidents", False),
    }
    assert {one.property_id for one in live.observations()[FILE_FEED]} == {
        "shuttle_passengers",
        "shuttle_accidents",
    }


def test_verb_takes_a_sheet_once_and_a_preview_writes_nothing(tmp_path: Path) -> None:
    sheet = tmp_path / "agency.xlsx"
    sheet.write_bytes(horrible_book())
    data = tmp_path / "data"
    verb = ("import", "indicators", str(sheet), "--data-dir", str(data), "--json")
    foreseen = scopc(*verb, "--preview")
    assert foreseen.returncode == 0, foreseen.stderr
    assert not data.exists()
    answers = [json.loads(foreseen.stdout), *(json.loads(scopc(*verb).stdout) for _ in range(2))]
    counts = [[one[key] for key in ("accepted", "corrected", "unchanged", "rejected")] for one in answers]
    assert counts == [[12, 0, 0, 19], [12, 0, 0, 19], [0, 0, 12, 19]]
    assert all(sum(row) == one["values"] for row, one in zip(counts, answers, strict=True))
    assert len(names(data / "rejected")) == 1


def test_verb_tells_in_one_line_why_a_file_is_unusable(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"a,b\n1,2\n")
    unusable = scopc("import", "indicators", str(bad), "--data-dir", str(tmp_path / "data"))
    missing = scopc("import", "indicators", str(tmp_path / "none.csv"))
    assert (unusable.returncode, missing.returncode) == (1, 2)
    assert [len(one.stderr.splitlines()) for one in (unusable, missing)] == [1, 1]
