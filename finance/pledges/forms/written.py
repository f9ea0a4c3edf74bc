"""Lines of text in which owners, users and marks are typed, read and written again."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy, override

from finance.parties.rules import plain_credit_code
from finance.pledges.rules.owners import consent_words, consent_written

from .fields import split_lines

USER_DAYS = ("from", "to")


def answer_words(answer: bool) -> tuple[str, str]:
    """How a co-owner's answer is written: in the page's language, in Chinese."""
    text = gettext_lazy("同意") if answer else gettext_lazy("不同意")
    with override(settings.LANGUAGE_CODE):
        chinese = str(text)
    return str(text), chinese


def owner_of(parts: list[str]) -> dict[str, Any] | None:
    """An owner: a name, perhaps an answer with its day, a share; None where a line does not say so."""
    name, said, share = [*parts, "", ""][:3]
    answers = {word: answer for answer in (True, False) for word in answer_words(answer)}
    answer = consent_written(said, answers)
    if not name or len(parts) > 3 or answer is None:
        return None
    return {"name": name} | answer | ({"share": share[:40]} if share else {})


def owner_line(owner: dict[str, Any]) -> str:
    said = consent_words(owner, {answer: answer_words(answer)[0] for answer in (True, False)})
    return " | ".join([owner["name"], said, owner.get("share", "")]).rstrip(" |")


def user_of(parts: list[str]) -> dict[str, str] | None:
    """A user of a mark: name, credit code, first day, perhaps a last day; None where a line does not say so."""
    days = [iso_day(part) for part in parts[2:]]
    if not 3 <= len(parts) <= 4 or not all(parts[:2]) or None in days:
        return None
    return {"name": parts[0], "credit_code": plain_credit_code(parts[1])} | dict(
        zip(USER_DAYS, map(str, days), strict=False)
    )


def user_line(user: dict[str, str]) -> str:
    return " | ".join(user[name] for name in ("name", "credit_code", *USER_DAYS) if name in user)


def iso_day(text: str) -> str | None:
    try:
        day = parse_date(text)
    except ValueError:  # well written, but there is no such day
        return None
    return day.isoformat() if day else None


def mark_of(parts: list[str]) -> dict[str, Any]:
    """A mark of its number, words, classes, and perhaps similar groups and the family of similar marks it is put in."""
    number, words, classes, groups, family = [*parts, "", ""][:5]
    mark: dict[str, Any] = {
        "number": number,
        "words": words,
        "classes": sorted(map(int, set(listed(classes)))),
    }
    mark |= {"similar_groups": sorted(set(listed(groups)))} if groups else {}
    return mark | ({"family": family} if family else {})


def mark_line(mark: dict[str, Any]) -> str:
    classes, groups = "、".join(map(str, mark["classes"])), "、".join(mark.get("similar_groups", ()))
    return " | ".join([mark["number"], mark["words"], classes, groups, mark.get("family", "")]).rstrip(" |")


def are_classes(text: str) -> bool:
    """Whether a text lists Nice classes.

    >>> are_classes("9、42"), are_classes(""), are_classes("46"), are_classes("九")
    (True, True, False, False)
    """
    return all(re.fullmatch(r"\d{1,2}", one, re.ASCII) and 1 <= int(one) <= 45 for one in listed(text))


def listed(text: str) -> list[str]:
    return re.split(r"[、,，\s]+", text.strip("、,， ")) if text.strip("、,， ") else []


def of_parts(text: str, parts: int, wanted: Any) -> str:
    if any(len(line) != parts for line in split_lines(text)):
        raise forms.ValidationError(wanted)
    return text
