"""The rules by which a registration is judged, with their marks of evidence, and an officer's turn of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from finance.pledges import actions
from finance.pledges.actions.modes import PREPARES
from finance.pledges.books import library, modes_in_force, turned_book
from finance.pledges.forms import TurnForm
from kernel.days import today
from kernel.errors import Refused
from kernel.pages import day_asked

from .beside import refused_beside

if TYPE_CHECKING:
    import datetime as dt

    from finance.pledges.rules.book import RuleBook


KINDS = ("patent", "trademark", "copyright", "layout")


@require_GET
def rule_books(request: Any) -> HttpResponse:
    """Every ground of every registry on a day, as it runs in the viewer's region."""
    books = _books(day_asked(request))
    return _page(request, books, TurnForm(books=books, initial={"first_day": today()}))


@require_POST
def turn_ground(request: Any) -> HttpResponse:
    """Put it to a second person that a ground binds or advises."""
    books = _books(day_asked(request))
    form = TurnForm(request.POST, books=books)
    if not form.is_valid():
        beside = refused_beside(form, lambda: _propose(request, form, books[0])) if books else []
        return _page(request, books, form, beside, 422)
    try:
        asked = _propose(request, form, books[0])  # a ground was read: there are books
    except Refused as faults:
        return _page(request, books, form, faults.problems, 422)
    messages.success(request, _("已提请本机构另一人签批。"))
    return redirect("approval", asked.pk)


def _propose(request: Any, form: TurnForm, otherwise: RuleBook) -> Any:
    """Ask for the turn that was typed; where no ground could be read, of any book, so that the rest is looked at too."""
    typed = form.typed
    book, _space, typed["ground"] = typed["ground"].partition(" ")
    asked = library().books.get(book, otherwise)
    return actions.propose_mode(by=request.viewer, book=asked, on=today(), **typed)


def _books(on: dt.date) -> list[RuleBook]:
    return [book for kind in KINDS if (book := library().on(kind, on)) is not None]


def _page(
    request: Any, books: list[RuleBook], form: TurnForm, problems: Any = (), status: int = 200
) -> HttpResponse:
    on, region = day_asked(request), request.viewer.organisation.region
    shown = []
    for book in books:
        turned = modes_in_force(book.family, region, on)
        grounds = [(one, turned.get(one.id)) for one in turned_book(book, region, on).turnable]
        shown.append({"book": book, "grounds": grounds})
    context = {"on": on, "books": shown, "form": form, "problems": problems}
    return render(
        request, "pledges/rules.html", context | {"prepares": request.viewer.seat == PREPARES}, status=status
    )
