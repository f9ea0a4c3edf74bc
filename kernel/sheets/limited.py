"""Runs one of this room's scripts as a limited process: own interpreter, no shell, limits of memory and
time.
"""

import json
import logging
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How large a workbook may be and what reading it may cost. Bytes, seconds, counts.

    `rows` and `columns` are the furthest place where a cell may hold something; `unpacked` and `ratio`
    speak of the package's parts together; `memory` is the child's address space.
    """

    bytes: int = 20 * 1024 * 1024
    entries: int = 1_000
    unpacked: int = 256 * 1024 * 1024
    ratio: int = 100
    ratio_from: int = 16 * 1024 * 1024
    sheets: int = 60
    rows: int = 50_100
    columns: int = 80
    cells: int = 3_000_000
    memory: int = 1024 * 1024 * 1024
    cpu_seconds: int = 40
    wall_seconds: int = 120


LIMITS = Limits()


class Overrun(Exception):
    """The limited process was ended by a limit or died of the file; `reason` is time, memory or crash."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def run_limited(
    script: str, content: bytes, limits: Limits, *, more: dict[str, object] | None = None
) -> bytes:
    """Standard output of `script` given `content`; `Overrun` when it did not end by itself and well.

    The environment is empty but for the locale: a file that breaks the reader finds no secret in it.
    """
    arguments = json.dumps({**asdict(limits), **(more or {})}, ensure_ascii=False)
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-X", "utf8", str(HERE / script), arguments],
            input=content,
            capture_output=True,
            timeout=limits.wall_seconds,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise Overrun("time") from late
    if done.returncode == 0:
        return done.stdout
    complaint = done.stderr.decode("utf-8", "replace")[-2000:]
    log.warning("workbook reader %s ended with %s: %s", script, done.returncode, complaint)
    if done.returncode in (-24, -9):  # SIGXCPU, SIGKILL
        raise Overrun("time" if done.returncode == -24 else "memory")
    raise Overrun("memory" if "memory" in complaint.lower() else "crash")
