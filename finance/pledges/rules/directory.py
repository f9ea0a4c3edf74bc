"""The directory of windows that take registrations, as a file lists them. Pure; every fault of the file comes at once."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kernel.errors import Problem, Refused
from kernel.reading import Reading
from kernel.strict_yaml import Written

KINDS = ("patent", "trademark", "copyright", "layout")
CHANNELS = ("online", "paper")
STATUSES = ("SEEN", "SEEN-COPY", "RECALLED", "assumed")
NATIONAL = "000000"


@dataclass(frozen=True)
class Window:
    """One window: what it takes, by which channels, what it offers beyond; `contact` "" is not known."""

    id: str
    name: str
    region: str
    kinds: tuple[str, ...]
    channels: tuple[str, ...]
    services: tuple[str, ...]
    contact: str
    source: str
    status: str


@dataclass(frozen=True)
class Gap:
    """What was looked for about a region's windows and not found, and where it was looked for."""

    region: str
    found: str
    source: str
    status: str


@dataclass(frozen=True)
class Directory:
    windows: tuple[Window, ...]
    gaps: tuple[Gap, ...]


def read_directory(written: Written) -> Directory:
    """The windows of a file and what it says is not known; refused with every fault and its place."""
    reading = Reading(written)
    top = reading.top
    windows: dict[str, Window] = {}
    for entry in top.entries("windows", least=1):
        window = Window(
            id=entry.text("id"),
            name=entry.text("name"),
            region=entry.text("region"),
            kinds=entry.texts("kinds", least=1, among=KINDS),
            channels=entry.texts("channels", least=1, among=CHANNELS),
            services=entry.texts("services"),
            contact=entry.text("contact", ""),
            source=entry.text("source"),
            status=entry.text("status", among=STATUSES),
        )
        if not re.fullmatch(r"\d{6}", window.region, re.ASCII):
            entry.fault("region", f"“{window.region}”不是六位行政区划代码", "全国写 '000000'")
        if window.id in windows:
            entry.fault("id", f"“{window.id}”已写过", "每个窗口用不同的编号")
        entry.only()
        windows[window.id] = window
    gaps = []
    for entry in top.entries("gaps"):
        gap = Gap(
            region=entry.text("region"),
            found=entry.text("found"),
            source=entry.text("source"),
            status=entry.text("status", among=STATUSES),
        )
        if not re.fullmatch(r"\d{6}", gap.region, re.ASCII):
            entry.fault("region", f"“{gap.region}”不是六位行政区划代码", "全国写 '000000'")
        entry.only()
        gaps.append(gap)
    top.only()
    if reading.problems:
        raise Refused(
            Problem(f"windows.yaml {one.where}", one.found, one.wanted, one.code) for one in reading.problems
        )
    return Directory(tuple(windows.values()), tuple(gaps))
