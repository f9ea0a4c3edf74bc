"""The parts of the house and what they need to know: addresses, secrets, commands."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from .broker import Broker, check_given, find_server
from .children import Child, wait_until
from .database import APPLICATION, OWNER, Cluster, choose_identity, prepare_database, prepare_roles
from .folders import CHECKOUT, CannotStart, runtime_folder, secret_key

MOST_PORTS_TRIED = 50


@dataclass
class House:
    """What stands between two starts: folders, addresses, and the children in the order of their start."""

    state: Path
    environment: dict[str, str]
    children: list[Child] = field(default_factory=list)
    cluster: Cluster | None = None  # our own, unless DATABASE_URL was given
    told: list[str] = field(default_factory=list)

    @property
    def logs(self) -> Path:
        folder = self.state / "log"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def start_child(self, child: Child) -> Child:
        child.start()
        self.children.append(child)
        return child

    def stop(self) -> None:
        """In reverse order: nobody loses what he still stands on."""
        for child in reversed(self.children):
            child.stop()


def new_house(state: Path) -> House:
    known = {k: v for k, v in os.environ.items() if k not in ("ZHIRONG_AS_OWNER", "ZHIRONG_TESTING")}
    known["PYTHONPATH"] = ""
    known["DJANGO_SETTINGS_MODULE"] = "config.settings"
    known["PYTHONUNBUFFERED"] = "1"
    known["ZHIRONG_STATE"] = str(state)
    known["SECRET_KEY"] = os.environ.get("SECRET_KEY") or secret_key(state)
    return House(state, known)


def open_database(house: House) -> None:
    """DATABASE_URL as given, else a private cluster."""
    given = os.environ.get("DATABASE_URL")
    if given:
        _check_database(given)
        house.environment.setdefault("DATABASE_OWNER_URL", given)
        house.told.append("数据库：DATABASE_URL")
        return
    cluster = Cluster(*_places(house.state))
    if cluster.create():
        house.told.append("首次运行：已建立数据库")
    child = Child(
        "数据库",
        lambda: (cluster.create(), cluster.server_command())[1],
        log=house.logs / "database.log",
        stop_signal=signal.SIGINT,
        patience_seconds=30,
        folder=Path("/"),
    )
    house.start_child(child)
    if not wait_until(cluster.answers, child, seconds=120):
        raise CannotStart(f"数据库没有启动，日志末尾：\n{child.last_lines()}")
    prepare_roles(cluster)
    prepare_database(cluster)
    house.cluster = cluster
    house.environment |= {
        "DATABASE_URL": cluster.url(APPLICATION),
        "DATABASE_OWNER_URL": cluster.url(OWNER),
        "ZHIRONG_PRIVATE_DATABASE": "1",
    }
    house.told.append(f"数据库：PostgreSQL {cluster.binaries.major}（{cluster.binaries.origin}）")


def _places(state: Path) -> tuple[Path, Path]:
    """Data and sockets: in the state folder, or where the other user may enter who has to run the server for root."""
    uid = choose_identity().uid
    if uid is None:
        return state / "pg", runtime_folder(state)
    elsewhere = Path("/var/lib") / f"zhirong-{hashlib.sha256(os.fsencode(state)).hexdigest()[:12]}"
    elsewhere.mkdir(mode=0o711, exist_ok=True)
    (state / "database_folder").write_text(str(elsewhere))
    return elsewhere / "pg", elsewhere / "run"


def _check_database(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            major = connection.info.server_version // 10_000
    except psycopg.Error as refusal:
        raise CannotStart(f"DATABASE_URL 无法连接：{str(refusal).strip()}") from refusal
    if major < 15:
        raise CannotStart(f"DATABASE_URL 的 PostgreSQL 版本是 {major}，需要 15 或更新。")


def open_broker(house: House) -> None:
    """REDIS_URL as given, else a private server, else a folder (slower; the outbox loses nothing)."""
    given = os.environ.get("CELERY_BROKER_URL") or os.environ.get("REDIS_URL")
    if given:
        check_given(given)
        house.environment["CELERY_BROKER_URL"] = given
        house.told.append("消息：REDIS_URL")
        return
    server = find_server()
    if server is None:
        house.environment["CELERY_BROKER_URL"] = "filesystem://"
        house.told.append("消息：未找到 Redis 或 Valkey，改用文件夹（任务约晚一秒开始）")
        return
    broker = Broker(server, house.state / "broker-store", runtime_folder(house.state))
    child = house.start_child(
        Child("消息", broker.command, log=house.logs / "broker.log", folder=house.state)
    )
    if not wait_until(broker.answers, child, seconds=20):
        raise CannotStart(f"消息服务没有启动，日志末尾：\n{child.last_lines()}")
    house.environment["CELERY_BROKER_URL"] = broker.url
    house.told.append(f"消息：{server.name}")


def begin_manage(house: House, *arguments: str, as_owner: bool = False) -> subprocess.Popen[str]:
    """Start one command of manage.py; `end_manage` waits for it."""
    environment = {**house.environment, "ZHIRONG_AS_OWNER": "1" if as_owner else "0"}
    command = [sys.executable, str(CHECKOUT / "manage.py"), *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=CHECKOUT
    )


def end_manage(house: House, begun: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for a command; its output goes to the log too."""
    stdout, stderr = begun.communicate()
    arguments = list(begun.args)[2:]  # type: ignore[arg-type]
    with (house.logs / "prepare.log").open("a") as log:
        log.write(f"$ manage.py {' '.join(map(str, arguments))}\n{stdout}{stderr}")
    return subprocess.CompletedProcess(arguments, begun.returncode, stdout, stderr)


def manage(house: House, *arguments: str, as_owner: bool = False) -> subprocess.CompletedProcess[str]:
    """Run one command of manage.py to its end."""
    begun = begin_manage(house, *arguments, as_owner=as_owner)
    try:
        return end_manage(house, begun)
    except BaseException:  # somebody asked us to stop: nothing of ours outlives us
        begun.kill()
        begun.wait()
        raise


def free_port(host: str, wished: int) -> int:
    """The wished port, or the next one that nobody holds."""
    for port in range(wished, min(wished + MOST_PORTS_TRIED, 65_536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise CannotStart(f"{wished} 起的 {MOST_PORTS_TRIED} 个端口都被占用。请以 PORT 指定另一个。")


def product_children(house: House, host: str, port: int) -> tuple[Child, Child, Child]:
    """Web, worker, scheduler: none of them is told the owner's address."""
    python = [sys.executable, "-m"]
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    web = [
        *python,
        "gunicorn",
        "config.wsgi",
        "--bind",
        bind,
        "--workers",
        "2",
        "--threads",
        "4",
        "--timeout",
        "90",
    ]
    web += ["--preload", "--graceful-timeout", "8", "--no-control-socket", "--log-level", "warning"]
    worker = [*python, "celery", "-A", "config", "worker", "--concurrency", "2", "--loglevel", "INFO"]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    beat = [*python, "celery", "-A", "config", "beat", "--loglevel", "INFO", "--pidfile="]
    beat += ["--schedule", str(house.state / "beat-schedule")]
    return (
        _product_child(house, "worker", "任务", worker, patience_seconds=20),
        _product_child(house, "scheduler", "定时", beat),
        _product_child(house, "web", "网页", web),
    )


def _product_child(
    house: House, process: str, name: str, command: list[str], *, patience_seconds: float = 12
) -> Child:
    environment = {k: v for k, v in house.environment.items() if k != "DATABASE_OWNER_URL"}
    environment["ZHIRONG_PROCESS"] = process
    log = house.logs / f"{process}.log"
    return Child(
        name,
        lambda: command,
        log=log,
        environment=environment,
        patience_seconds=patience_seconds,
        folder=CHECKOUT,
    )
