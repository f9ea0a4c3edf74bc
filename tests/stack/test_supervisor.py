"""The supervisor as a user meets it: one command, an address, a death repaired, an ordered end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from stack.folders import CHECKOUT


def wait_for(sentence: str, output: Path, house: subprocess.Popen[bytes], seconds: float = 600) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        text = output.read_text()
        if re.search(sentence, text):
            return text
        assert house.poll() is None, text
        time.sleep(0.1)
    raise AssertionError(f"{sentence} did not come:\n{output.read_text()}")


def children_of(pid: int) -> dict[str, int]:
    found = {}
    for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        command = Path(f"/proc/{number}/cmdline").read_bytes()
        for part in ("worker", "beat", "gunicorn", "-server"):
            if part.encode() in command:
                found[part] = int(number)
    return found


@pytest.mark.long
@pytest.mark.by_hand
def test_a_taken_port_a_killed_part_and_an_ordered_end(own_database, tmp_path):
    environment = own_database.environment | {
        "ZHIRONG_STATE": str(tmp_path / "state"),
        "PYTHONPATH": str(CHECKOUT / "bin"),
    }
    environment |= {"ZHIRONG_DEMO": "0"}
    for name in ("ZHIRONG_TESTING", "SECRET_KEY"):
        environment.pop(name)
    output = tmp_path / "output"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment["PORT"] = str(port)
        with output.open("wb") as out:
            house = subprocess.Popen(
                [sys.executable, "-m", "stack"], env=environment, stdout=out, stderr=out, cwd="/"
            )
        try:
            said = wait_for("请打开", output, house)
            assert f"端口 {port} 已被占用" in said
            address = re.search(r"http://\S+(?=/)", said)[0]
            assert not address.endswith(f":{port}")
            with urllib.request.urlopen(f"{address}/readyz", timeout=10) as answer:
                assert json.load(answer) == {
                    "status": "ok",
                    "database": "ok",
                    "migrations": "ok",
                    "broker": "ok",
                }

            before = children_of(house.pid)
            assert before.keys() == {"worker", "beat", "gunicorn", "-server"}
            os.kill(before["-server"], signal.SIGKILL)
            wait_for("消息 已重启", output, house)
            assert children_of(house.pid)["-server"] != before["-server"]

            house.send_signal(signal.SIGINT)
            assert house.wait(300) == 0
        finally:
            house.kill()
            house.wait()
    assert "已停止" in output.read_text()
    assert not [pid for pid in before.values() if Path(f"/proc/{pid}").exists()]
    secrets = [tmp_path / "state" / name for name in ("secret_key", "environment")]
    assert [path.stat().st_mode & 0o777 for path in secrets] == [0o600, 0o600]
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
