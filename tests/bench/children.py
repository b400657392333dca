"""Child processes of the bench: bound to it, so that nothing is left whatever ends it."""

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]

from data_sources.stores.pdeathsig import bound_to_parent

ROOT = Path(__file__).parents[2]
START_S = 60.0
STOP_S = 15.0


def environment(**given: str) -> dict[str, str]:
    """This process's environment without settings of SCOPC but those given."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SCOPC_")}
    return {**kept, **given}


PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose parent ends, as Chromium's renderers do.

    Without it their CPU time would be told as that of other programs.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap() -> None:
    """Wait for the adopted; a process that the part has left running is killed."""
    for member in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            member.kill()
    with suppress(ChildProcessError):
        while True:
            os.wait()


@contextmanager
def child(
    module: str, *arguments: str, log: Path | None = None, piped: bool = False, **settings: str
) -> Iterator["subprocess.Popen[str]"]:
    """`python -m MODULE ARGUMENTS`, ended on exit. `piped` gives its stdin and stdout as text."""
    with log.open("ab") if log else open(os.devnull, "ab") as output:
        process = subprocess.Popen(
            bound_to_parent([sys.executable, "-m", module, *arguments]),
            cwd=ROOT,
            env=environment(**settings),
            stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
            stdout=subprocess.PIPE if piped else output,
            stderr=output if log else None,
            text=True,
        )
    try:
        yield process
    finally:
        stop(process)


def stop(process: "subprocess.Popen[str]") -> None:
    """End a child with what it has started."""
    if process.poll() is None:
        family = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for member in family:
            if member.is_running():
                member.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def wait_for(check: Callable[[], bool], what: str, seconds: float = START_S) -> None:
    """Ask until it is so; TimeoutError names what never was."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.05)


def answers(url: str) -> bool:
    """Whether GET answers with 200."""
    try:
        return httpx.get(url, timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


def cpu_s(pid: int) -> float:
    """CPU seconds, user and system, that a process and its children have used."""
    process = psutil.Process(pid)
    times = [member.cpu_times() for member in (process, *process.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def ask(process: "subprocess.Popen[str]", line: str) -> str:
    """Write a line to a piped child and return the line that it answers."""
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return hear(process)


def hear(process: "subprocess.Popen[str]") -> str:
    """The next line of a piped child; RuntimeError when it has ended."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args!r} ended with {process.wait()}")
    return line.strip()


def report(arguments: Sequence[str]) -> str:
    """Run `python -m ARGUMENTS` to its end and return the last line it printed."""
    done = subprocess.run(
        bound_to_parent([sys.executable, "-m", *arguments]),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not done.stdout.strip():
        raise RuntimeError(f"{' '.join(arguments)}: exit code {done.returncode}")
    return done.stdout.strip().splitlines()[-1]
