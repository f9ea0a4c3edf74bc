"""A first start that is stopped while it writes the demonstration leaves nobody behind and is begun anew."""

import subprocess
import sys
from pathlib import Path

import pytest
from stack import prepare
from stack.house import House


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("ZHIRONG_DEMO", "1")
    monkeypatch.setattr(prepare, "_has_organisations", lambda _house: False)
    return House(tmp_path, {"PATH": "/usr/bin:/bin"})


def writes(monkeypatch: pytest.MonkeyPatch, program: str) -> list[subprocess.Popen[str]]:
    begun: list[subprocess.Popen[str]] = []

    def begin(_house: House, *_arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", program, "seed_demo"]
        begun.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return begun[0]

    monkeypatch.setattr(prepare, "begin_manage", begin)
    return begun


def test_who_stops_the_start_takes_the_writing_with_him_and_the_marker_stays(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = writes(monkeypatch, "import time; time.sleep(600)")
    with pytest.raises(KeyboardInterrupt), prepare.demonstration(house) as being_written:  # noqa: PT012  (the block is what is interrupted)
        assert being_written
        assert (house.state / prepare.UNFINISHED).exists()
        raise KeyboardInterrupt
    assert begun[0].poll() is not None
    assert (house.state / prepare.UNFINISHED).exists()
    for pipe in (begun[0].stdout, begun[0].stderr):
        assert pipe is not None
        pipe.close()


def test_when_it_is_written_the_marker_goes_and_the_log_ins_are_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes(monkeypatch, "print('written')")
    said = subprocess.CompletedProcess([], 0, "yz-maker", "")
    monkeypatch.setattr(prepare, "manage", lambda _house, command: said)
    with prepare.demonstration(house):
        assert prepare.demo_logins(house) == "", "not before they are true"
    assert prepare.demo_logins(house) == "yz-maker"
    assert not (house.state / prepare.UNFINISHED).exists()
    assert "written" in (house.logs / "prepare.log").read_text()


def test_a_demonstration_that_fails_is_told_and_begun_anew_next_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes(monkeypatch, "raise SystemExit('the pen broke')")
    with prepare.demonstration(house):
        pass
    assert "the pen broke" in house.told[0]
    assert "下次启动会清空" in house.told[0]
    assert prepare.demo_logins(house) == ""
    assert (house.state / prepare.UNFINISHED).exists()


def test_what_may_not_be_demonstrated_is_not_emptied(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dropped: list[object] = []
    monkeypatch.setattr(prepare, "drop_database", dropped.append)
    monkeypatch.setattr(prepare, "prepare_database", lambda _cluster: None)
    house.cluster = object()
    (house.state / prepare.UNFINISHED).touch()
    stamp = tmp_path / "prepared"
    for demo, times in (("0", 0), ("1", 1), ("1", 1)):
        monkeypatch.setenv("ZHIRONG_DEMO", demo)
        prepare._forget_half_a_demonstration(house, stamp)
        assert len(dropped) == times, "once begun anew the marker is gone"
