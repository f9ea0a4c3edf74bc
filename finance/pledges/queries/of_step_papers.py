"""What the papers of a step say: the registration as it stands, and what is stated for the step before it is taken."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from finance.pledges.papers import day_text
from finance.pledges.queries import of_files as reading
from finance.pledges.queries.of_making import particulars_of
from finance.pledges.rules.asked import CHANGES, QUESTIONS, put, standing
from finance.pledges.step_papers import Applied, Registered, forms_of

if TYPE_CHECKING:
    from finance.parties.models import Membership
    from finance.pledges.models import RegistrationFile
    from finance.pledges.papers import Particulars
    from finance.pledges.rules.asked import Answers
    from finance.pledges.rules.book import RuleBook, Transition


def papers_of(file: RegistrationFile, move: Transition) -> list[tuple[str, str]]:
    """The papers that belong to a step of a file: name and title of each."""
    return [(one.id, one.form.title) for one in forms_of(file.kind, move.action)]


def move_now(file: RegistrationFile, viewer: Membership, action: str) -> Transition | None:
    """The step of this action that a party can take part in now; the window has no papers to seal."""
    if reading.party_of(viewer, file) is None:
        return None
    return next((one for one in reading.possible(file, viewer) if one.action == action), None)


def applied_of(file: RegistrationFile, given: Answers, on: dt.date) -> Applied:
    """All that a paper of a step may say on a day, with the answers given for the step."""
    book, particulars = reading.book_of(file), particulars_of(file, on)
    then = reading.status_on(file, on, on)
    registration = file.registration
    return Applied(
        **{one.name: getattr(particulars, one.name) for one in fields(particulars)},
        registered=Registered(
            number=registration.number if registration else "",
            on=then.created_on,
            until=then.registered_until,
            amount_fen=reading.registered_fen(file, on, on),
        ),
        answers={name: _text(name, book, answer) for name, answer in given.items()},
        changes=tuple(
            (_subject(name), _before(name, file, particulars, book), _text(name, book, given[name]))
            for name in CHANGES
            if given.get(name)
        ),
        concerned=tuple(given.get("rights_concerned") or ()),
    )


def _subject(name: str) -> str:
    """What a new name, amount or scope is of.

    >>> _subject("new_pledgor_name"), _subject("new_amount"), _subject("new_ceiling")
    ('出质人名称', '被担保债权的数额', '最高债权额')
    """
    return QUESTIONS[name].label.replace("新的", "").replace("新", "").removesuffix("（元）")


def _before(name: str, file: RegistrationFile, particulars: Particulars, book: RuleBook) -> str:
    stands: Any = standing(reading.contents_of(file), name)
    above, *_, last = CHANGES[name]
    if stands is None and above == "parties":  # not stated in the file: as the platform has it
        stands = getattr(getattr(particulars, CHANGES[name][1]), last)
    return _text(name, book, stands) or "没有载明"


def _text(name: str, book: RuleBook, answer: Any) -> str:
    """An answer as a form writes it: days in years, months and days."""
    if answer and QUESTIONS[name].kind == "day":
        return day_text(dt.date.fromisoformat(answer))
    return put(name, book, answer)
