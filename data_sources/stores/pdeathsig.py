"""Run a child process that cannot outlive its parent, even when the parent is killed with -9.

The kernel keeps the promise (Linux: PR_SET_PDEATHSIG); on other systems the child is started
without it. The module is also the launcher: it is run as a file by a bare interpreter, asks the
kernel, then becomes the wanted program. That needs no `preexec_fn`, which is unsafe in a process
with threads.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def bound_to_parent(command: Sequence[str]) -> list[str]:
    """The command that runs `command` as a child which dies (SIGKILL) when this process does.

    Start it from the main thread: the kernel sends the signal when the *thread* that made the child
    ends.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("a child bound to its parent must be started from the main thread")
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel to kill this process when its parent ends; exit if that has happened already."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    # The parent may have died before the request: then this process has another parent by now.
    if os.getppid() != parent_pid:
        os._exit(1)


def main(arguments: Sequence[str]) -> None:
    """`PARENT_PID PROGRAM [ARGUMENT...]`: bind this process to its parent, then become PROGRAM."""
    parent_pid, *command = arguments
    die_with_parent(int(parent_pid))
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted; the caller names the program


if __name__ == "__main__":
    main(sys.argv[1:])
