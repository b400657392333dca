"""The supervisor with real child processes: tiny shell-less Python programs, no product code in them."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[1]
WAIT_S = 15

SLEEPER = "import time, sys; print('up', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('up', flush=True)\n"
    "time.sleep(600)"
)
POLITE = (
    "import signal, sys, time\n"
    "def end(*_):\n    print('ended', flush=True); sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, end)\n"
    "print('up', flush=True)\n"
    "time.sleep(600)"
)

HOST = """
import asyncio, json, sys
from dashboard import supervisor
from dashboard.supervisor import Child, Supervisor

plan = json.loads(sys.argv[1])
supervisor.STOP_WITHIN_S = plan.get("stop_within_s", 5.0)
supervisor.BACKOFF_FIRST_S = 0.05
children = [
    Child(
        name, (sys.executable, "-S", "-c", code), {"SCOPC_PROOF": f"own {name}"}, waits=name == "rollup"
    )
    for name, code in plan["children"]
]
supervised = Supervisor(children, lambda line: print(line, flush=True))

async def start_the_rest():
    if "start_waiting_after_s" in plan:
        await asyncio.sleep(plan["start_waiting_after_s"])
        print("the rest may start", flush=True)
        supervised.start_waiting()

sys.exit(asyncio.run(supervised.run((start_the_rest,))))
"""


class Host:
    """A supervisor in a process of its own, with its output."""

    def __init__(self, children: list[tuple[str, str]], log: Path, **plan: float) -> None:
        self._log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", HOST, json.dumps({"children": children, **plan})],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def lines(self) -> list[str]:
        return self._log.read_text().splitlines()

    def until(self, line: str, times: int = 1) -> None:
        until(lambda: self.lines.count(line) >= times, lambda: "\n".join(self.lines))

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


def until(condition: Callable[[], bool], tell: Callable[[], str] = lambda: "") -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, tell()
        time.sleep(0.02)


def gone(processes: list[psutil.Process]) -> bool:
    return not [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    hosts: list[Host] = []

    def begin(*children: tuple[str, str], **plan: float) -> Host:
        hosts.append(Host(list(children), tmp_path / f"{len(hosts)}.log", **plan))
        return hosts[-1]

    yield begin
    for host in hosts:
        host.process.kill()
        host.process.wait()


@pytest.mark.faults
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_stops_all_children(start: Callable[..., Host], number: signal.Signals) -> None:
    host = start(("web", SLEEPER), ("ingest", SLEEPER))
    host.until("web    | up")
    host.until("ingest | up")
    children = host.children()
    host.process.send_signal(number)
    assert host.process.wait(WAIT_S) == 0
    assert len(children) == 2
    assert gone(children)


@pytest.mark.faults
@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_kill_9_of_the_supervisor_leaves_no_child(start: Callable[..., Host]) -> None:
    host = start(("web", SLEEPER), ("ingest", STUBBORN))
    host.until("web    | up")
    host.until("ingest | up")
    children = host.children()
    assert len(children) == 2
    host.process.kill()
    until(lambda: gone(children))


@pytest.mark.faults
def test_children_stop_in_order(start: Callable[..., Host]) -> None:
    host = start(("web", POLITE), ("ingest", POLITE), ("city", POLITE))
    for name in ("web   ", "ingest", "city  "):
        host.until(f"{name} | up")
    host.process.terminate()
    assert host.process.wait(WAIT_S) == 0
    ended = [line.split()[0] for line in host.lines if line.endswith("| ended")]
    assert ended == ["web", "ingest", "city"]


@pytest.mark.faults
def test_child_that_ignores_sigterm_is_killed_at_the_deadline(start: Callable[..., Host]) -> None:
    host = start(("web", STUBBORN), stop_within_s=0.3)
    host.until("web | up")
    children = host.children()
    host.process.terminate()
    assert host.process.wait(WAIT_S) == 0
    assert "web did not stop in time; killed" in host.lines[-1]
    assert gone(children)


@pytest.mark.faults
def test_second_signal_does_not_wait(start: Callable[..., Host]) -> None:
    host = start(("web", STUBBORN), stop_within_s=600)
    host.until("web | up")
    host.process.send_signal(signal.SIGINT)
    while host.process.poll() is None:
        host.process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    assert "killed" in host.lines[-1]


def test_crashed_child_is_started_again_after_a_growing_pause(start: Callable[..., Host]) -> None:
    host = start(("web", "import sys; print('up', flush=True); sys.exit(3)"), ("ingest", SLEEPER))
    host.until("web    | up", times=3)
    said = [line for line in host.lines if line.startswith("scopc")]
    assert said[:2] == [
        "scopc  | web ended (exit code 3); starting it again in 0.05 s",
        "scopc  | web ended (exit code 3); starting it again in 0.1 s",
    ]


def test_killed_child_is_started_again_and_the_signal_is_named(start: Callable[..., Host]) -> None:
    host = start(("web", SLEEPER))
    host.until("web | up")
    host.children()[0].kill()
    host.until("web | up", times=2)
    assert "scopc | web ended (SIGKILL); starting it again in 0.05 s" in host.lines


def test_child_that_waits_starts_once_it_may(start: Callable[..., Host]) -> None:
    host = start(("web", SLEEPER), ("rollup", SLEEPER), start_waiting_after_s=0.3)
    host.until("rollup | up")
    assert host.lines.index("the rest may start") < host.lines.index("rollup | up")


def test_child_that_still_waits_does_not_hold_up_the_end(start: Callable[..., Host]) -> None:
    host = start(("web", SLEEPER), ("rollup", SLEEPER))
    host.until("web    | up")
    host.process.terminate()
    assert host.process.wait(WAIT_S) == 0
    assert "rollup | up" not in host.lines


def test_child_with_wrong_settings_ends_all_with_its_code(start: Callable[..., Host]) -> None:
    host = start(("web", "import sys; print('wrong port'); sys.exit(2)"), ("ingest", SLEEPER))
    assert host.process.wait(WAIT_S) == 2
    assert "web    | wrong port" in host.lines


def test_child_has_the_supervisors_environment_and_its_own(start: Callable[..., Host]) -> None:
    code = (
        "import os, time; print(os.environ['SCOPC_PROOF'], 'PATH' in os.environ, flush=True); time.sleep(600)"
    )
    start(("web", code)).until("web | own web True")


def test_line_of_more_than_a_megabyte_does_not_stop_the_log(start: Callable[..., Host]) -> None:
    code = "import time; print('x' * 3_000_000); print('after', flush=True); time.sleep(600)"
    host = start(("web", code))
    host.until("web | after")
