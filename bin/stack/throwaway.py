"""A throw-away PostgreSQL for tests: made in a temporary folder, without fsync, always removed.

`python -m stack.throwaway COMMAND...` runs a command with it and returns the command's exit code. The URLs stand in
DATABASE_URL (application), DATABASE_OWNER_URL and ZHIRONG_SUPERUSER_URL.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from .database import APPLICATION, OWNER, SUPERUSER, Cluster, prepare_database, prepare_roles
from .folders import CannotStart

FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "autovacuum=off",
    "max_wal_size=4GB",
    "checkpoint_timeout=1h",
)


class ThrowawayCluster:
    """Names its sockets at once and starts its server only when asked: tests without a database pay nothing."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="zhirong-test-"))
        self.cluster = Cluster(self.folder / "pg", self.folder / "run", options=FAST)
        if self.cluster.identity.uid is not None:
            self.folder.chmod(0o711)
        self.server: subprocess.Popen[bytes] | None = None

    def environment(self) -> Mapping[str, str]:
        """What Django and the tests need to know; the database is `zhirong`."""
        return {
            "DATABASE_URL": self.cluster.url(APPLICATION),
            "DATABASE_OWNER_URL": self.cluster.url(OWNER),
            "ZHIRONG_SUPERUSER_URL": self.cluster.url(SUPERUSER),
            "ZHIRONG_STATE": str(self.folder / "state"),
        }

    def start(self) -> None:
        if self.server is not None:
            return
        self.cluster.create()
        log = self.folder / "database.log"
        with log.open("ab") as out:
            self.server = subprocess.Popen(
                self.cluster.server_command(),
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        until = time.monotonic() + 60
        while not self.cluster.answers():
            if self.server.poll() is not None or time.monotonic() > until:
                raise CannotStart(f"测试用数据库没有启动：\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.03)
        prepare_roles(self.cluster)
        prepare_database(self.cluster)

    def stop(self) -> None:
        """Stop the server at once and remove every trace."""
        if self.server is not None and self.server.poll() is None:
            self.server.send_signal(signal.SIGQUIT)
            try:
                self.server.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def main(command: list[str]) -> int:
    try:
        throwaway = ThrowawayCluster()
    except CannotStart as refusal:
        print(refusal, file=sys.stderr)
        return 3
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        throwaway.start()
        return subprocess.call(command, env={**os.environ, **throwaway.environment()})
    except CannotStart as refusal:
        print(refusal, file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        return 130
    finally:
        throwaway.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
