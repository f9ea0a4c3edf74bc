"""Between database and web: migrate as owner, load the policies, fill in the demonstration once."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from .database import drop_database, prepare_database
from .folders import CHECKOUT, CannotStart
from .house import House, begin_manage, end_manage, manage

UNFINISHED = "demonstration_unfinished"
ROOMS = ("kernel", "finance", "riskpool", "valuation", "portal", "config")


def prepare(house: House) -> None:
    """Nothing of it is repeated on our own cluster while migrations and policies are the same files as last time."""
    stamp = house.state / "prepared"
    _forget_half_a_demonstration(house, stamp)
    hash_now = _hash_of_migrations_and_policies()
    if house.cluster is None or not stamp.exists() or stamp.read_text() != hash_now:
        print("正在升级数据库、装入政策文件……", flush=True)
        migrated = manage(house, "migrate", "--noinput", as_owner=True)
        if migrated.returncode != 0:
            raise CannotStart(f"数据库升级失败：\n{migrated.stderr.strip()[-3000:]}")
        restricted = manage(house, "restrict_role", as_owner=True)
        if restricted.returncode != 0:
            raise CannotStart(f"应用角色的权限未能收紧：\n{restricted.stderr.strip()[-3000:]}")
        if _exists("load_policies"):
            loaded = manage(house, "load_policies")
            if loaded.returncode != 0:
                raise CannotStart(f"政策文件未能装入：\n{(loaded.stdout + loaded.stderr).strip()[-3000:]}")
        stamp.write_text(hash_now)


def _forget_half_a_demonstration(house: House, stamp: Path) -> None:
    """A first start that was stopped while it wrote the demonstration begins anew: passwords are given last, so nobody
    can have logged in."""
    marker = house.state / UNFINISHED
    if house.cluster is not None and marker.exists():
        drop_database(house.cluster)
        prepare_database(house.cluster)
        stamp.unlink(missing_ok=True)
    marker.unlink(missing_ok=True)


def demonstrates(house: House) -> bool:
    """Whether to write the demonstration: always asked by ZHIRONG_DEMO, otherwise only into a database of our own."""
    return os.environ.get("ZHIRONG_DEMO", "0" if house.cluster is None else "1") != "0"


@contextmanager
def demonstration(house: House) -> Iterator[bool]:
    """While this stands open the demonstration is written, by a process of its own; leaving it waits for the end.

    Gives whether there is one to write. Who leaves by an error takes the process with him, and the marker stays, so that
    the next start begins anew.
    """
    if not demonstrates(house) or not _exists("seed_demo") or _has_organisations(house):
        yield False
        return
    print("正在写入演示数据……", flush=True)
    (house.state / UNFINISHED).touch(mode=0o600)
    writing = begin_manage(house, "seed_demo")
    try:
        yield True
        seeded = end_manage(house, writing)
    except BaseException:
        writing.kill()
        writing.wait()
        raise
    if seeded.returncode != 0:
        house.told.append(
            f"演示数据未能写入（日志 {house.logs / 'prepare.log'}）：{seeded.stderr.strip()[-1500:]}"
        )
        return
    if _exists("demo_logins"):
        path = house.state / "demo_logins"
        path.touch(mode=0o600)
        path.write_text(manage(house, "demo_logins").stdout)
    (house.state / UNFINISHED).unlink(missing_ok=True)


def demo_logins(house: House) -> str:
    """Who may log in to the demonstration, as the seed said when it ran."""
    path = house.state / "demo_logins"
    return path.read_text().strip() if path.exists() else ""


def _has_organisations(house: House) -> bool:
    with psycopg.connect(house.environment["DATABASE_URL"]) as connection:
        if connection.execute("SELECT to_regclass('parties_organisation')").fetchone() == (None,):
            return True  # the house has no parties yet: nothing to demonstrate with
        return connection.execute("SELECT 1 FROM parties_organisation LIMIT 1").fetchone() is not None


def _exists(command: str) -> bool:
    return any(any((CHECKOUT / room).rglob(f"management/commands/{command}.py")) for room in ROOMS)


def _hash_of_migrations_and_policies() -> str:
    files: list[Path] = []
    for room in ROOMS:
        files += (CHECKOUT / room).rglob("migrations/*.py")
        for command in ("restrict_role", "load_policies"):
            files += (CHECKOUT / room).rglob(f"management/commands/{command}.py")
    files += [p for p in (CHECKOUT / "policies").rglob("*") if p.is_file()]
    files.append(CHECKOUT / "requirements.txt")
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(os.fsencode(path.relative_to(CHECKOUT)) + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()
