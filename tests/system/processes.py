"""Starts the real command line for tests, and stops it whatever happens."""

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from dashboard.local_stack import free_port

ROOT = Path(__file__).parents[2]
READY_S = 60.0
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For loopback: to read all authorities of the world for each question takes longer than the answer."""


def scopc(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one verb to its end."""
    return subprocess.run(
        [sys.executable, "-m", "dashboard.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def wait_until(check: Callable[[], object], seconds: float, what: str) -> None:
    """Ask again until it is so; the test fails with `what` when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if check():
            return
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


def _command(process: psutil.Process) -> list[str]:
    """Its command line; empty once it has ended."""
    try:
        command: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return command


@dataclass
class Running:
    """A started `scopc demo` or `scopc replay`."""

    process: subprocess.Popen[bytes]
    url: str
    data_dir: Path
    log: Path

    def get(self, path: str, **query: str) -> httpx.Response:
        return httpx.get(self.url + path, params=query or None, timeout=10, verify=NO_CERTIFICATES)

    def is_ready(self) -> bool:
        try:
            return self.get("/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def family(self) -> list[psutil.Process]:
        """The supervisor and everything that it started."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def child(self, verb: str) -> psutil.Process:
        """The child process that runs a verb of the command line."""
        return next(process for process in self.family()[1:] if verb in _command(process))


@contextmanager
def running(
    *arguments: str,
    data_dir: Path,
    ready: bool = True,
    port: int | None = None,
    program: Sequence[str] = ("dashboard.cli",),
    **environment: str,
) -> Iterator[Running]:
    """`scopc ARGUMENTS --port N --data-dir DIR`, ready to serve; stopped on exit. `program` is the module
    that is run as `scopc`, with what it wants to know first."""
    port = port or free_port()
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                *program,
                *arguments,
                "--port",
                str(port),
                "--data-dir",
                str(data_dir),
            ],
            cwd=ROOT,
            # No made-up past unless a test asks for it: it takes a minute of a core.
            env={**os.environ, "SCOPC_PAST_DAYS": "0", **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        one = Running(process, f"http://127.0.0.1:{port}", data_dir, log)
        family = []
        try:
            if ready:
                wait_until(
                    lambda: one.is_ready() or process.poll() is not None, READY_S, f"ready: {log.read_text()}"
                )
                assert process.poll() is None, log.read_text()
            yield one
        finally:
            if process.poll() is None:
                family = one.family()
                process.send_signal(signal.SIGINT)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                for member in family:
                    if member.is_running():
                        member.kill()
