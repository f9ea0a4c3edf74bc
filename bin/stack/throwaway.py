"""A throw-away PostgreSQL for tests: made in a temporary folder, without fsync, always removed.

`python -m stack.throwaway COMMAND...` runs a command with it and returns the command's exit code. The URLs stand in
DATABASE_URL (application), DATABASE_OWNER_URL and ZHIRONG_SUPERUSER_URL.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from .children import die_with_parent
from .database import APPLICATION, OWNER, SUPERUSER, Cluster, prepare_database, prepare_roles
from .folders import CHECKOUT, CannotStart

FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "autovacuum=off",
    "max_wal_size=1GB",
    "checkpoint_timeout=1h",
)
IN_MEMORY, ROOM = Path("/dev/shm"), 12 * 2**30
"""A database is many small files, and a test with one of its own makes them all: on a disk that takes eight times as long.
Only where there is room for what the servers of four workers write (bytes), and never where somebody has named a folder."""


def place_of_folders() -> Path:
    """Where the folders of throw-away servers are made: in memory where there is room, else among temporary files."""
    named = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    if named or not os.access(IN_MEMORY, os.W_OK | os.X_OK):
        return Path(tempfile.gettempdir())
    free = os.statvfs(IN_MEMORY)
    available = [
        int(line.split()[1]) * 1024
        for line in Path("/proc/meminfo").read_text("ascii").splitlines()
        if line.startswith("MemAvailable:")
    ]
    roomy = min(free.f_bavail * free.f_frsize, *available) >= ROOM if available else False
    return IN_MEMORY if roomy else Path(tempfile.gettempdir())


def hold(folder: Path) -> IO[bytes]:
    """Hold a folder for as long as the file that is given back stays open."""
    held = (folder / "held").open("wb")
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return held


def tidy(place: Path) -> None:
    """Remove what a killed run has left: its folders are held by nobody."""
    for left in place.glob("zhirong-test-*/held"):
        with contextlib.suppress(OSError), left.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left.parent, ignore_errors=True)


class ThrowawayCluster:
    """Names its sockets at once and starts its server only when asked: tests without a database pay nothing."""

    def __init__(self) -> None:
        place = place_of_folders()
        tidy(place)
        self.folder = Path(tempfile.mkdtemp(prefix="zhirong-test-", dir=place))
        self.held = hold(self.folder)
        self.cluster = Cluster(self.folder / "pg", self.folder / "run", options=FAST)
        if self.cluster.identity.uid is not None:
            self.folder.chmod(0o711)
        self.server: subprocess.Popen[bytes] | None = None
        self.keep: Path | None = None

    def environment(self) -> Mapping[str, str]:
        """What Django and the tests need to know; the database is `zhirong`."""
        return {
            "DATABASE_URL": self.cluster.url(APPLICATION),
            "DATABASE_OWNER_URL": self.cluster.url(OWNER),
            "ZHIRONG_SUPERUSER_URL": self.cluster.url(SUPERUSER),
            "ZHIRONG_STATE": str(self.folder / "state"),
            "ZHIRONG_TEMPLATE_IS_MADE": str(self.folder / TEMPLATE_IS_MADE),
        }

    def start(self) -> None:
        if self.server is not None:
            return
        self.keep = self._keeping_place()  # by the files as they are now: they may change while the tests run
        self._take_kept(self.keep)
        self.cluster.create()
        self._start_server()
        prepare_roles(self.cluster)
        prepare_database(self.cluster)

    def _start_server(self) -> None:
        log = self.folder / "database.log"
        with log.open("ab") as out:
            self.server = subprocess.Popen(
                self.cluster.server_command(),
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGQUIT),
            )
        until = time.monotonic() + 60
        while not self.cluster.answers():
            if self.server.poll() is not None or time.monotonic() > until:
                raise CannotStart(f"测试用数据库没有启动：\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.03)

    def crash_and_restart(self) -> None:
        """What a kill of the whole server does: nobody is waited for, and the next start recovers from the log."""
        assert self.server is not None, "the server runs"
        self.server.send_signal(signal.SIGQUIT)
        self.server.wait(30)
        self.cluster.create()  # forgets the pid file
        self._start_server()

    def stop(self) -> None:
        """Stop the server at once and remove every trace."""
        keep = self.keep
        if self.server is not None and self.server.poll() is None:
            self.server.send_signal(signal.SIGINT if keep and not keep.exists() else signal.SIGQUIT)
            try:
                self.server.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
            self._keep(keep)
        self.held.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # A cluster with the migrated template is kept for the next run of the same migrations: migrating takes longer than
    # most runs. Never where another user has to own the folder. A clean clone (CI) so migrates for `make test` alone, and
    # not again for the long proofs.

    def _keeping_place(self) -> Path | None:
        if self.cluster.identity.uid is not None:
            return None
        state = CHECKOUT / "var"
        if state.exists() and not os.access(state, os.W_OK | os.X_OK):
            return None
        return state / "test-clusters" / _what_the_template_is_made_of(self.cluster)

    def _take_kept(self, keep: Path | None) -> None:
        if keep and (keep / "PG_VERSION").exists() and not self.cluster.data.exists():
            try:
                shutil.copytree(keep, self.cluster.data)
                self.cluster.data.chmod(0o700)
            except (OSError, shutil.Error):  # another run is tidying it away: make our own
                shutil.rmtree(self.cluster.data, ignore_errors=True)

    def _keep(self, keep: Path | None) -> None:
        complete = self.server is not None and self.server.returncode == 0
        if not keep or keep.exists() or not complete or not (self.folder / TEMPLATE_IS_MADE).exists():
            return
        with contextlib.suppress(OSError), contextlib.ExitStack() as held:
            (CHECKOUT / "var").mkdir(mode=0o700, exist_ok=True)
            keep.parent.mkdir(mode=0o700, exist_ok=True)
            # workers end together: one of them keeps, the others find the lock taken (an OSError) and let it be
            lock = held.enter_context((keep.parent / "lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if keep.exists():
                return
            for older in keep.parent.iterdir():
                if older.is_dir():
                    shutil.rmtree(older, ignore_errors=True)
            nearly = keep.with_name(f"{keep.name}-{os.getpid()}")
            shutil.copytree(self.cluster.data, nearly)
            nearly.rename(keep)


TEMPLATE_IS_MADE = "template_is_made"


def _what_the_template_is_made_of(cluster: Cluster) -> str:
    """A hash of everything that migrations do or build upon, and of the server that keeps it."""
    whole = hashlib.sha256(f"{cluster.binaries} {sys.version}".encode())
    files = [
        *CHECKOUT.glob("*/migrations/*.py"),
        *CHECKOUT.glob("*/*/migrations/*.py"),
        *CHECKOUT.glob("*/*/models.py"),
    ]
    files += [
        *CHECKOUT.glob("kernel/*.py"),
        *CHECKOUT.glob("kernel/money/*.py"),
        CHECKOUT / "requirements.txt",
        CHECKOUT / "portal" / "management" / "commands" / "restrict_role.py",
    ]
    for path in sorted(
        [*files, CHECKOUT / "config" / "settings.py", Path(__file__), Path(__file__).with_name("database.py")]
    ):
        whole.update(os.fsencode(path.relative_to(CHECKOUT)) + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()[:16]


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
