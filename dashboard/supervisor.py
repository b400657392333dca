"""Runs several processes as one: starts, forwards their logs, restarts what crashed, stops in order.

Every child dies with this process, even after `kill -9` (see `data_sources.stores.pdeathsig`), so run
it from the main thread. Children have a session of their own: Ctrl-C reaches only the supervisor,
which then ends them one after the other.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from data_sources.stores.pdeathsig import bound_to_parent

EXIT_WRONG_SETTINGS = 2
"""A child that ends so was set up wrongly: starting it again does not help."""
STOP_WITHIN_S = 5.0
"""After this long, what has not stopped is killed."""
BACKOFF_FIRST_S = 0.5
BACKOFF_MAX_S = 30.0
SETTLED_AFTER_S = 30.0
"""A child that lived this long starts its back-off anew."""
LINE_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Child:
    """A program to keep running. `env` is laid over the supervisor's own; None takes one away. When
    stopping, the next child's turn comes once this one has ended, or after `patience_s`. One that `waits`
    is started by `start_waiting`, so that it takes nothing from those that are needed first."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str | None] = field(default_factory=dict)
    patience_s: float = 1.0
    waits: bool = False


class Supervisor:
    """Keeps children running until told to stop. They are stopped in the order in which they stand."""

    def __init__(self, children: Sequence[Child], write: Callable[[str], None]) -> None:
        """`write` takes one line of log at a time."""
        self._children = tuple(children)
        self._write = write
        self._width = max(len(child.name) for child in children)
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()
        self._all_may_start = asyncio.Event()
        self._hurried = asyncio.Event()
        self._exit_code = 0

    async def run(self, beside: Sequence[Callable[[], Awaitable[None]]] = ()) -> int:
        """Run until SIGINT, SIGTERM, SIGHUP, `stop`, or a child that ends with exit code 2; that code
        is returned, else 0. Functions `beside` run as long; an error of theirs ends all and is raised."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal)
        keepers = [asyncio.create_task(self._keep(child)) for child in self._children]
        helpers = [asyncio.ensure_future(function()) for function in beside]
        waiting = asyncio.create_task(self._stopping.wait())
        try:
            watched = {waiting, *helpers}
            while not self._stopping.is_set() and not any(_failed(helper) for helper in helpers):
                _, watched = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.stop()
            for helper in helpers:
                helper.cancel()
            await self._stop_children()
            await asyncio.gather(*keepers, *helpers, waiting, return_exceptions=True)
        for helper in helpers:
            if _failed(helper):
                helper.result()
        return self._exit_code

    def stop(self, exit_code: int = 0) -> None:
        """Begin to stop; `run` then returns the exit code."""
        self._exit_code = self._exit_code or exit_code
        self._stopping.set()
        self._all_may_start.set()

    def start_waiting(self) -> None:
        """Start the children that wait."""
        self._all_may_start.set()

    def say(self, text: str) -> None:
        """Write a line of the supervisor's own."""
        self._line("scopc", text)

    def _on_signal(self) -> None:
        if self._stopping.is_set():
            self._hurried.set()
        self.stop()

    def _line(self, name: str, text: str) -> None:
        # Whoever reads the log may have gone, or its disk be full; the children must not stop for that.
        with contextlib.suppress(OSError):
            self._write(f"{name:<{self._width}} | {text}")

    async def _keep(self, child: Child) -> None:
        if child.waits:
            await self._all_may_start.wait()
        backoff_s = BACKOFF_FIRST_S
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            started = loop.time()
            code = await self._run_once(child)
            if self._stopping.is_set():
                return
            if code == EXIT_WRONG_SETTINGS:
                self.say(f"{child.name} cannot run with these settings; stopping")
                self.stop(code)
                return
            if loop.time() - started >= SETTLED_AFTER_S:
                backoff_s = BACKOFF_FIRST_S
            self.say(f"{child.name} ended ({_ending(code)}); starting it again in {backoff_s:g} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), backoff_s)
            backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)

    async def _run_once(self, child: Child) -> int:
        process = await asyncio.create_subprocess_exec(
            *bound_to_parent(child.command),
            env={key: value for key, value in {**os.environ, **child.env}.items() if value is not None},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=LINE_MAX_BYTES,
        )
        self._running[child.name] = process
        if self._stopping.is_set():  # told to stop while the process was being made
            _send(process, signal.SIGTERM)
        try:
            await self._forward(child.name, process)
            return await process.wait()
        finally:
            del self._running[child.name]

    async def _forward(self, name: str, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than the limit: readline has thrown it away
                self._line(name, "(a line of more than 1 MB was left out)")
                continue
            if not line:
                return
            self._line(name, line.decode(errors="replace").rstrip())

    async def _stop_children(self) -> None:
        """SIGTERM in order, each with its patience; SIGKILL for what is left at the end."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + STOP_WITHIN_S
        for child in self._children:
            process = self._running.get(child.name)
            if process is not None:
                _send(process, signal.SIGTERM)
                await self._await_ends([process], min(child.patience_s, deadline - loop.time()))
        await self._await_ends(list(self._running.values()), deadline - loop.time())
        for name, process in list(self._running.items()):
            self.say(f"{name} did not stop in time; killed")
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    async def _await_ends(self, processes: Sequence[asyncio.subprocess.Process], timeout_s: float) -> None:
        """Wait for the processes, at most so long, and not at all once the user is in a hurry."""
        if not processes or timeout_s <= 0:
            return

        async def all_end() -> None:
            await asyncio.gather(*(process.wait() for process in processes))

        ends = asyncio.create_task(all_end())
        hurry = asyncio.create_task(self._hurry())
        await asyncio.wait({ends, hurry}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        ends.cancel()
        hurry.cancel()

    async def _hurry(self) -> None:
        await self._hurried.wait()


def _send(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)


def _failed(task: "asyncio.Future[None]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
