"""What each party of a registration file has said yes to, and what both have to declare."""

from __future__ import annotations

import datetime as dt

from finance.pledges.models import Assent, RegistrationFile
from finance.pledges.rules.facts import Party

from .of_files import last_statement
from .of_rights import checked


def last_paper(file: RegistrationFile) -> int:
    """The number of the file's last paper; 0 while there is none."""
    if (known := getattr(file, "newest_paper", None)) is not None:  # read with the list
        return int(known)
    return file.papers.order_by("-pk").values_list("pk", flat=True).first() or 0


def _standing(file: RegistrationFile) -> list[Assent]:
    """The yeses that still stand, the last first: to the last statement and papers, after the acts done so far."""
    said = list(file.assents.all())
    if not said or (last := last_statement(file)) is None:
        return []
    now = (last.pk, len(file.acts.all()), last_paper(file))
    standing = [one for one in said if (one.statement_id, one.after_seq, one.last_paper) == now]
    return sorted(standing, key=lambda one: -one.pk)


def waiting_assents(file: RegistrationFile) -> dict[str, set[str]]:
    """Steps that one party has assented to and that still stand, by action: the parties who did."""
    found: dict[str, set[str]] = {}
    for assent in _standing(file):
        found.setdefault(assent.action, set()).add(assent.party)
    return found


def said_by(file: RegistrationFile, action: str, party: Party) -> Assent | None:
    """The party's yes to a step that still stands."""
    return next((one for one in _standing(file) if (one.action, one.party) == (action, party)), None)


def said_by_other(file: RegistrationFile, action: str, party: Party | None) -> Assent | None:
    """The standing yes of the other party to a step that waits for this one's."""
    return next((one for one in _standing(file) if one.action == action and one.party != party), None)


def declares_otherwise(file: RegistrationFile, action: str, on: dt.date) -> bool:
    """Whether the last standing yes to a declaration is to other grounds than those that are met on a day."""
    if action != "declare":
        return False
    last = next(one for one in _standing(file) if one.action == action)
    return [tuple(pair) for pair in last.details.get("declared", ())] != list(to_declare(file, on))


def to_declare(file: RegistrationFile, on: dt.date) -> tuple[tuple[str, str], ...]:
    """What both parties would declare to know of on a day: every waivable ground that is met, with its right."""
    _, found = checked(file, on)
    return tuple(dict.fromkeys((task.ground, task.right) for task in found.declarations))
