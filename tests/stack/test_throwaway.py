"""Where throw-away servers are made, and that a killed run leaves nothing for long."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from stack import throwaway

ENOUGH = os.statvfs_result((4096, 4096, 2**23, 2**23, 2**23, 1, 1, 1, 0, 255))


@pytest.fixture
def unnamed(monkeypatch):
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(throwaway.os, "access", lambda *_: True)
    monkeypatch.setattr(throwaway.os, "statvfs", lambda _: ENOUGH)


def with_memory(monkeypatch, kib):
    read = Path.read_text

    def told(self, *args, **more):
        asked = str(self) == "/proc/meminfo"
        return f"MemTotal: 1 kB\nMemAvailable: {kib} kB\n" if asked else read(self, *args, **more)

    monkeypatch.setattr(Path, "read_text", told)


def test_servers_stand_in_memory_where_there_is_room_and_nobody_named_a_folder(monkeypatch, unnamed):
    with_memory(monkeypatch, 16 * 2**20)
    assert throwaway.place_of_folders() == throwaway.IN_MEMORY
    monkeypatch.setenv("TMPDIR", tempfile.gettempdir())
    assert throwaway.place_of_folders() == Path(tempfile.gettempdir())


def test_without_room_they_stand_among_temporary_files(monkeypatch, unnamed):
    with_memory(monkeypatch, 4 * 2**20)
    assert throwaway.place_of_folders() == Path(tempfile.gettempdir())
    with_memory(monkeypatch, 16 * 2**20)
    little = os.statvfs_result((4096, 4096, 2**14, 2**14, 2**14, 1, 1, 1, 0, 255))
    monkeypatch.setattr(throwaway.os, "statvfs", lambda _: little)
    assert throwaway.place_of_folders() == Path(tempfile.gettempdir()), "as in a container: 64 MB"


def test_what_a_killed_run_left_is_removed_and_what_runs_stays(tmp_path):
    left, running, other = (tmp_path / f"zhirong-test-{name}" for name in ("left", "running", "other"))
    for folder in (left, running, other):
        folder.mkdir()
    throwaway.hold(left).close()  # as the end of its process does
    held = throwaway.hold(running)
    throwaway.tidy(tmp_path)
    held.close()
    assert (left.exists(), running.exists(), other.exists()) == (False, True, True)
