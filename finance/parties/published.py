"""The published files that this room reads, each once a process: the size standard and the kinds of credit facts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from finance.parties.credit import CreditKind, read_kinds
from finance.parties.regions import Region, read_regions
from finance.parties.sizes import Standard, load_standard
from kernel.reading import Reading
from kernel.strict_yaml import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def size_standard() -> Standard:
    """The standard in force."""
    return load_standard(settings.POLICIES_DIR / "standards" / "sme_standard.yaml")


@cache
def size_note() -> str:
    """What is known of the standard's source, in Chinese where somebody has written it."""
    reading = Reading(read_file(settings.POLICIES_DIR / "standards" / "size_notes_zh.yaml"), "size_notes")
    notes = reading.top.words("notes")
    reading.refuse_if_any("size_notes_zh.yaml")
    return notes.get(size_standard().doc_no, size_standard().evidence)


@cache
def credit_kinds() -> Mapping[str, CreditKind]:
    """The kinds of credit facts by id."""
    return read_kinds(read_file(settings.POLICIES_DIR / "credit" / "kinds.yaml"))


@cache
def regions() -> Mapping[str, Region]:
    """The regions that have a name here, by code."""
    path = settings.POLICIES_DIR / "standards" / "regions.yaml"
    return read_regions(path.read_text(encoding="utf-8"))


def region_name(code: str) -> str:
    """The name of a region; its code where the file has no name."""
    return regions()[code].name if code in regions() else code or "地区不明"
