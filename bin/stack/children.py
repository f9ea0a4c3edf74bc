"""One child process: its log, its restart with back-off, its end."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

LONGEST_WAIT_SECONDS = 30.0
STEADY_AFTER_SECONDS = 60.0
LARGEST_LOG_BYTES = 20 * 1024 * 1024
_PR_SET_PDEATHSIG = 1


def die_with_parent(number: int) -> Callable[[], None]:
    """Ask the kernel to stop the child when the supervisor is killed without a chance to stop it (Linux only)."""
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return lambda: None
    return lambda: prctl(_PR_SET_PDEATHSIG, number)


class Child:
    """A part of the house in its own session, so that Ctrl-C reaches the supervisor alone, which stops all in order."""

    def __init__(
        self,
        name: str,
        command: Callable[[], list[str]],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        stop_signal: int = signal.SIGTERM,
        patience_seconds: float = 12.0,
        folder: Path | None = None,
    ) -> None:
        self.name, self.command, self.log = name, command, log
        self.environment, self.folder = environment, folder
        self.stop_signal, self.patience_seconds = stop_signal, patience_seconds
        self.running: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.log_began_at = 0
        self.failures = 0
        self.again_at: float | None = None

    def start(self) -> None:
        command = self.command()
        self.log_began_at = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as out:
            self.running = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=dict(self.environment) if self.environment is not None else None,
                cwd=self.folder,
                start_new_session=True,
                preexec_fn=die_with_parent(self.stop_signal),
            )
        self.started, self.again_at = time.monotonic(), None

    @property
    def alive(self) -> bool:
        return self.running is not None and self.running.poll() is None

    def tend(self) -> str | None:
        """Start it again when it died, later each time it dies soon; the sentence to print when something happened."""
        if self.alive:
            self._shorten_log()
            return None
        now = time.monotonic()
        if self.again_at is None:
            assert self.running is not None
            self._sweep_group()
            steady = now - self.started > STEADY_AFTER_SECONDS
            self.failures = 1 if steady else self.failures + 1
            wait = min(LONGEST_WAIT_SECONDS, 0.5 * 2 ** (self.failures - 1))
            self.again_at = now + wait
            return f"{self.name} 意外停止（{self.running.returncode}），{wait:g} 秒后重启；日志 {self.log}"
        if now >= self.again_at:
            self.start()
            return f"{self.name} 已重启"
        return None

    def stop(self) -> None:
        if self.alive:
            assert self.running is not None
            self.running.send_signal(self.stop_signal)
            try:
                self.running.wait(self.patience_seconds)
            except subprocess.TimeoutExpired:
                self.running.kill()
                self.running.wait()
        if self.running is not None:
            self._sweep_group()

    def _sweep_group(self) -> None:
        """End grandchildren that outlived a killed child; its session holds nobody else."""
        assert self.running is not None
        try:
            os.killpg(self.running.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return

    def _shorten_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG_BYTES:
            older = self.log.with_suffix(self.log.suffix + ".1")
            older.write_bytes(self.log.read_bytes())
            os.truncate(self.log, 0)  # the child writes at the end, wherever that is

    def last_lines(self, count: int = 15) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


def wait_until(
    answers: Callable[[], bool], child: Child | None, *, seconds: float, every: float = 0.05
) -> bool:
    """Ask again and again until it answers; False when time is over or the child is dead."""
    until = time.monotonic() + seconds
    while not answers():
        if time.monotonic() > until or (child is not None and not child.alive):
            return False
        time.sleep(every)
    return True
