"""The supervisor: starts the house in order, keeps it standing, stops it in order."""

import json
import os
import shlex
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from .children import Child, wait_until
from .folders import CannotStart, only_one, private_folder, state_folder
from .house import House, free_port, new_house, open_broker, open_database, product_children
from .prepare import demo_logins, demonstration, prepare

PATIENCE_SECONDS = 600  # for a machine on which much else runs; a part that has died is not waited for
IN_THE_FILE = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "CELERY_BROKER_URL",
    "SECRET_KEY",
    "ZHIRONG_PRIVATE_DATABASE",
)


class Stop(Exception):
    """Somebody asked us to end."""


def main() -> int:
    began = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _ask_to_stop)
    try:
        state = private_folder(state_folder())
        with only_one(state):
            return run(new_house(state), began)
    except CannotStart as refusal:
        print(f"\n无法启动：{refusal}", file=sys.stderr)
        return 3
    except Stop:
        return 0


def _ask_to_stop(number: int, frame: FrameType | None) -> None:
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)  # once is enough; the order of stopping is ours
    raise Stop


def run(house: House, began: float) -> int:
    try:
        open_database(house)
        open_broker(house)
        host = os.environ.get("HOST") or "127.0.0.1"
        wished = _port_wished()
        port = free_port(host, wished)
        address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"
        house.environment.setdefault("PUBLIC_ADDRESS", address)
        _write_environment(house)
        prepare(house)
        worker, scheduler, web = product_children(house, host, port)
        house.start_child(web)
        with demonstration(house) as being_written:
            _wait_for_the_page(web, address)
            if being_written:
                print(f"网页已可打开：{address}/ （演示数据写完后才能登录）", flush=True)
        _start_workers(house, worker, scheduler)
        if port != wished:
            house.told.append(f"端口 {wished} 已被占用，改用 {port}。")
        _tell(house, address, time.monotonic() - began)
        _tend(house)
    except Stop:
        print("\n正在依次停止……", flush=True)
    finally:
        house.stop()
    print("已停止。", flush=True)
    return 0


def _port_wished() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise CannotStart(f"PORT={text} 不是端口号，请填 1 到 65535 的整数。")
    return int(text)


def _write_environment(house: House) -> None:
    """So that `python manage.py …` in another window finds the same database; readable by this user alone."""
    lines = [
        f"{key}={shlex.quote(house.environment[key])}\n" for key in IN_THE_FILE if key in house.environment
    ]
    path = house.state / "environment"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.writelines(lines)


def _wait_for_the_page(web: Child, address: str) -> None:
    if not wait_until(lambda: _ready(address), web, seconds=PATIENCE_SECONDS, every=0.2):
        raise CannotStart(f"网页没有就绪（{address}/readyz），日志末尾：\n{web.last_lines()}")


def _start_workers(house: House, worker: Child, scheduler: Child) -> None:
    """After the demonstration, whose story the worker would otherwise mix in with; both are stopped after the web."""
    worker.start()
    house.children.insert(-1, worker)
    if not wait_until(_has_run_a_task(worker), worker, seconds=PATIENCE_SECONDS):
        raise CannotStart(f"任务进程没有应答，日志末尾：\n{worker.last_lines()}")
    scheduler.start()
    house.children.insert(-1, scheduler)


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
            return bool(json.load(answer)["status"] == "ok")
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _has_run_a_task(worker: Child) -> Callable[[], bool]:
    """The worker sweeps the outbox as soon as it stands (config/celery.py); this reads it in its log of this start."""
    begin = worker.log_began_at

    def answers() -> bool:
        with worker.log.open("rb") as log:
            log.seek(min(begin, Path(worker.log).stat().st_size))
            return b"succeeded in" in log.read()

    return answers


def _tell(house: House, address: str, seconds: float) -> None:
    for line in house.told:
        print(line)
    print(f"日志：{house.logs}")
    logins = demo_logins(house)
    if logins:
        print(f"\n演示登录：\n{logins}")
    print(f"\n已就绪（{seconds:.1f} 秒），任务进程已执行过任务。按 Ctrl-C 停止。")
    print(f"请打开  {address}/", flush=True)


def _tend(house: House) -> None:
    while True:
        for child in house.children:
            happened = child.tend()
            if happened:
                print(time.strftime("%H:%M:%S"), happened, flush=True)
        time.sleep(0.3)


if __name__ == "__main__":
    sys.exit(main())
