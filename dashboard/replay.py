"""`scopc replay`: recorded payloads through the whole path, in a data folder of their own."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dashboard.local_stack import LOOPBACK, Stack, free_port, run_stack, say
from dashboard.player import read_recordings
from dashboard.runfile import Run
from data_sources import recording
from data_sources.errors import ConfigError
from data_sources.model.city import Bounds

PACK = """# Written by `scopc replay --pack auto`: a box around the recording's positions.
[names]
th = "บันทึกข้อมูลย้อนหลัง"
en = "Recording"

[bounds]
{bounds}
[[views]]
view_id = "all"
names = {{ th = "ทั้งหมด", en = "All" }}
[views.bounds]
{view}"""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What the command line asks for. `pack` None derives bounds from the recording; `speed` None
    picks a pace; `data_dir` None is a folder that is deleted afterwards."""

    files: tuple[Path, ...]
    pack: Path | None
    kind: str
    speed: float | None
    host: str
    port: int
    data_dir: Path | None
    once: bool


def run_replay(options: ReplayOptions) -> int:
    """Run until Ctrl-C; the exit code."""
    if options.pack is not None and not options.pack.is_dir():
        raise ConfigError(f"city pack: {str(options.pack)!r} is not a folder")
    recordings = read_recordings(options.files, options.kind)
    speed = options.speed or recording.default_speed(recordings)
    with tempfile.TemporaryDirectory(prefix="scopc-replay-") as own:
        data_dir = options.data_dir or Path(own)
        _refuse_live_history(data_dir)
        pack = options.pack or _write_pack(Path(own) / "recording", recordings)
        say(f"{len(recordings)} recordings at {speed:.4g} times their pace" + _after(options.once))
        port = free_port()
        url = f"http://{LOOPBACK}:{port}/recording"
        stack = Stack(
            host=options.host,
            port=options.port,
            data_dir=data_dir,
            city=pack,
            source=(
                "play",
                *(str(file.resolve()) for file in options.files),
                *("--http-port", str(port), "--kind", options.kind, "--speed", str(speed)),
                *(("--once",) if options.once else ()),
            ),
            headline="REPLAY of recorded data; Ctrl-C stops everything",
            env={"SCOPC_REPLAY_URL": url, "SCOPC_REPLAY_KIND": options.kind},
            fresh=True,
        )

        def describe(run: Run) -> Run:
            return msgspec.structs.replace(run, replay_url=url, replay_kind=options.kind)

        return run_stack(stack, describe)


def _after(once: bool) -> str:
    return ", once" if once else ", over and over (--once stops after the last)"


def _refuse_live_history(data_dir: Path) -> None:
    """A replay deletes and fills its folder's history: never that of a live installation."""
    marker = data_dir / "replay"
    if (data_dir / "history.db").exists() and not marker.exists():
        raise ConfigError(f"{data_dir} holds a live history; give a --data-dir of its own")
    data_dir.mkdir(parents=True, exist_ok=True)
    marker.touch()


def _write_pack(folder: Path, recordings: list[recording.Recording]) -> Path:
    folder.mkdir()
    bounds, view = recording.bounds_of(recordings), recording.box_of(recordings)
    (folder / "city.toml").write_text(PACK.format(bounds=_edges(bounds), view=_edges(view)), "utf-8")
    return folder


def _edges(box: Bounds) -> str:
    return "".join(f"{edge} = {degrees:.5f}\n" for edge, degrees in box.model_dump().items())
