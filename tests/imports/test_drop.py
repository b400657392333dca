"""Handing in, twice; the drop folder; the pack's own series; the verb."""

import csv
import json
from datetime import timedelta
from pathlib import Path

import pytest

from data_sources.errors import StoreError
from data_sources.imports.handing_in import hand_in, preview, rejected_sheet
from data_sources.imports.spec import read_imports
from data_sources.ingest.drop import DropFolder
from data_sources.model.feed import Rejected
from data_sources.model.observation import FILE_FEED
from data_sources.stores.memory import MemoryHistory, MemoryLive
from data_sources.text import load_texts
from tests.imports.sheets import NOW, city, horrible_book, pack_sheet, plan
from tests.system.processes import scopc

LATER = NOW + timedelta(seconds=10)


class Away(MemoryHistory):
    """A history that cannot be written."""

    def record_observations(self, *_: object, **__: object) -> dict[str, int]:
        raise StoreError("the database is away")


def drop_folder(tmp_path: Path, history: MemoryHistory, live: MemoryLive | None = None) -> DropFolder:
    return DropFolder(
        tmp_path / "drop",
        rejected_dir=tmp_path / "rejected",
        city=city(),
        specs=read_imports(city()),
        history=history,
        live=live or MemoryLive(),
        texts=load_texts(),
        owner="test",
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_second_run_changes_nothing() -> None:
    history = MemoryHistory()
    content = horrible_book()
    first = hand_in(plan(content), history, NOW)
    record = history.imports()
    again = hand_in(plan(content), history, LATER)
    assert (first.accepted, first.corrected, first.unchanged) == (12, 0, 0)
    assert (again.accepted, again.corrected, again.unchanged) == (0, 0, 12)
    assert history.imports() == record


def test_shuttle_series_twice_changes_nothing() -> None:
    history = MemoryHistory()
    content = pack_sheet().read_bytes()
    assert hand_in(plan(content, pack_sheet().name), history, NOW).accepted == 78
    assert hand_in(plan(content, pack_sheet().name), history, LATER).unchanged == 78


def test_value_that_differs_is_a_correction_and_the_preview_says_so_before() -> None:
    history = MemoryHistory()
    hand_in(plan("งวด,visitors\nม.ค. 2568,1\nก.พ. 2568,2\n"), history, NOW)
    changed = plan("งวด,visitors\nม.ค. 2568,1\nก.พ. 2568,3\nมี.ค. 2568,4\n")
    foreseen, done = preview(changed, history), hand_in(changed, history, LATER)
    for outcome in (foreseen, done):
        assert (outcome.accepted, outcome.corrected, outcome.unchanged) == (1, 1, 1)


def test_month_handed_in_alone_is_marked_by_what_history_knows() -> None:
    history = MemoryHistory()
    hand_in(plan("งวด,visitors\nม.ค. 2568,412345\n"), history, NOW)
    outcome = hand_in(plan("งวด,visitors\nก.พ. 2568,412345\n"), history, LATER)
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
    drop.look(NOW)
    drop.look(LATER)
    assert names(folder) == ["link.csv", "refused", "sub", "~$open.xlsx"]
    assert len(names(folder / "refused")) == 6


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
