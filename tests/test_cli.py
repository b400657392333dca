"""What the command line refuses: one clear line, exit code 2, no traceback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from dashboard.cli import main
from dashboard.compose import redis_url
from dashboard.import_files import import_file
from dashboard.player import read_recordings
from dashboard.replay import ReplayOptions, run_replay
from dashboard.settings import load_settings
from data_sources.errors import ConfigError

PLAY = ("play", "any.pb", "--http-port", "8000", "--kind", "gtfs_realtime", "--speed", "1")
SIMULATE = ("simulate", "--http-port", "8000", "--mqtt-port", "8001")


@pytest.mark.parametrize(
    "arguments",
    [
        (*PLAY, "--speed", "0"),
        (*PLAY, "--speed", "-1"),
        (*PLAY, "--speed", "nan"),
        (*PLAY, "--http-port", "65536"),
        (*PLAY, "--http-port", "-5"),
        (*SIMULATE, "--speed", "0"),
        (*SIMULATE, "--speed", "inf"),
        (*SIMULATE, "--vehicles", "-3"),
        (*SIMULATE, "--links", "0"),
        (*SIMULATE, "--http-port", "-1"),
        (*SIMULATE, "--mqtt-port", "99999"),
        ("replay", __file__, "--speed", "inf"),
        ("backfill", "--days", "-3"),
        ("gtfs", "build", "no-such-pack"),
        ("network", "build", __file__),
    ],
    ids=" ".join,
)
def test_value_that_an_option_cannot_have_is_refused_by_its_name(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    told = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert told[-1].startswith("Error: Invalid value for '")


@pytest.mark.parametrize("kind", ["nope", "air4thai"])
def test_recording_of_a_kind_that_cannot_be_moved_in_time_is_refused(kind: str) -> None:
    with pytest.raises(ConfigError, match=f"^cannot replay kind '{kind}'; allowed: gtfs_realtime$"):
        read_recordings((Path("any.pb"),), kind)


def test_replay_with_a_pack_that_is_no_folder_starts_nothing(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    options = ReplayOptions((), pack, "gtfs_realtime", 1.0, "127.0.0.1", 0, tmp_path / "data", once=False)
    with pytest.raises(ConfigError, match=r"^city pack: '.*pack' is not a folder$"):
        run_replay(options)
    assert list(tmp_path.iterdir()) == []


def test_folder_in_place_of_a_sheet_is_told_from_a_missing_one(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    with pytest.raises(ConfigError, match=r": not a file$"):
        import_file(settings, tmp_path, previewed=True)
    with pytest.raises(ConfigError, match=r": no such file$"):
        import_file(settings, tmp_path / "sheet.csv", previewed=True)


@pytest.mark.parametrize("url", ["nonsense", "http://localhost:6379", "redis://h:x", "redis://h:0/1"])
def test_url_that_is_none_of_a_live_store_is_told_by_its_setting_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^SCOPC_REDIS_URL: no URL of a Redis server") as told:
        redis_url(load_settings(redis_url=url))
    assert url not in str(told.value)


@pytest.mark.parametrize("url", ["redis://:pass@h:6379/0", "rediss://h", "unix:///run/redis.sock?db=1"])
def test_url_of_a_live_store_is_taken_as_it_is(url: str) -> None:
    assert redis_url(load_settings(redis_url=url)) == url


@pytest.fixture
def logs_of_this_test() -> Iterator[None]:
    """A verb sets up the logs of its process, which here is that of the tests."""
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("logs_of_this_test")
def test_file_in_place_of_a_folder_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SystemExit) as ended:
        main(["db", "upgrade", "--data-dir", str(file)])
    told = capsys.readouterr().err
    assert (ended.value.code, told) == (1, f"scopc: {file}: there is a file where a folder is needed\n")
