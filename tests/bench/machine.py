"""The machine that a run was made on, in one line."""

import os
import platform
import resource
import shutil
import subprocess
import time
from datetime import datetime
from pathlib import Path

import psutil  # type: ignore[import-untyped]


def cpu_model(cpuinfo: str) -> str:
    """The model in the text of /proc/cpuinfo, or what is known without it."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def describe(at: datetime) -> str:
    """Cores, processor, versions, load and the time of the run."""
    cpuinfo = Path("/proc/cpuinfo")
    model = cpu_model(cpuinfo.read_text() if cpuinfo.exists() else "")
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {model}; {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}; {chromium_version()}, software raster; "
        f"load average before the run {load:.1f}; {at:%Y-%m-%d %H:%M} UTC"
    )


def chromium_version() -> str:
    """What Chromium says it is."""
    program = shutil.which("chromium")
    if program is None:
        return "no Chromium"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return " ".join(said.split()[:2]) or "Chromium"


class OtherWork:
    """How many cores programs other than the bench keep busy, from its making until `cores` is asked.

    The bench's own share is that of its ended children, so ask when a part's processes are gone.
    """

    def __init__(self) -> None:
        self._start_s = time.monotonic()
        self._busy_s = _machine_busy_s()
        self._own_s = _own_s()

    def cores(self) -> float:
        others_s = (_machine_busy_s() - self._busy_s) - (_own_s() - self._own_s)
        return max(0.0, others_s / (time.monotonic() - self._start_s))


def _machine_busy_s() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))


def _own_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
