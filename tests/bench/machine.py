"""The machine that a run was made on, in one line."""

import os
import platform
import shutil
import subprocess
from datetime import datetime
from pathlib import Path


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
