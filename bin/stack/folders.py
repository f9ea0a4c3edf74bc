"""The private state folder and the short runtime folder of the sockets.

All that one checkout keeps lies in one folder (`var/`, mode 0700), so that two checkouts share nothing and removing the
folder removes everything.
"""

import fcntl
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SOCKET_PATH_LIMIT = 107  # bytes of sun_path on Linux, without the closing zero
LONGEST_SOCKET_NAME = "/.s.PGSQL.5432"


class CannotStart(Exception):
    """A person has to mend something; the text says what and how, and no traceback is shown."""


def state_folder() -> Path:
    """The folder of all state: ZHIRONG_STATE, or `var/` of the checkout."""
    return Path(os.environ.get("ZHIRONG_STATE") or CHECKOUT / "var").resolve()


def private_folder(folder: Path) -> Path:
    """Make the folder for this user alone; refuse one that belongs to somebody else."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid != os.geteuid():
            raise PermissionError(f"owner is uid {folder.stat().st_uid}")
        folder.chmod(0o700)
    except PermissionError as refusal:
        raise CannotStart(
            f"无法使用状态目录 {folder}（{refusal}）。请换用创建它的用户，或以 ZHIRONG_STATE 指定另一目录。"
        ) from refusal
    return folder


def runtime_folder(state: Path) -> Path:
    """Where the sockets lie: in the state folder, or in a short folder of our own when its path is too deep."""
    inside = state / "run"
    if len(os.fsencode(inside)) + len(LONGEST_SOCKET_NAME) <= SOCKET_PATH_LIMIT:
        return private_folder(inside)
    name = f"zhirong-{os.geteuid()}-{hashlib.sha256(os.fsencode(state)).hexdigest()[:12]}"
    return private_folder(Path(tempfile.gettempdir()) / name)


def secret_key(state: Path) -> str:
    """The SECRET_KEY of this installation, made at the first start and readable by nobody else."""
    path = state / "secret_key"
    if not path.exists():
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w") as out:
            out.write(secrets.token_urlsafe(64))
    return path.read_text().strip()


@contextmanager
def only_one(state: Path) -> Iterator[None]:
    """Hold the state folder: a second supervisor is refused. The kernel lets go when the holder dies, however it dies."""
    with open(state / "lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            lock.seek(0)
            raise CannotStart(
                f"本目录的服务已在运行（进程 {lock.read().strip() or '未知'}）。请先停止它。"
            ) from busy
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
