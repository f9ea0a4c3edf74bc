"""The rules by which a registration is judged, with their marks of evidence, and an officer's turn of one of them."""

from __future__ import annotations

from typing import Any

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
from kernel.errors import Problem, Refused
from kernel.pages import day_asked


@require_GET
def rule_books(request: Any) -> HttpResponse:
    """Every ground of every registry on a day, as it runs in the viewer's region."""
    return _page(request, TurnForm(initial={"first_day": today()}))


@require_POST
def turn_ground(request: Any) -> HttpResponse:
    """Put it to a second person that a ground binds or advises."""
    form = TurnForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    typed = {**form.cleaned_data, "on": today()}
    book = library().books.get(typed.pop("book"))
    try:
        if book is None:
            raise Refused(Problem("规则", "没有这个版本", "请从页面上的规则编号中选", "no_book"))
        asked = actions.propose_mode(by=request.viewer, book=book, **typed)
    except Refused as refused:
        return _page(request, form, refused.problems, 422)
    messages.success(request, _("已提请本机构另一人签批。"))
    return redirect("approval", asked.pk)


def _page(request: Any, form: TurnForm, problems: Any = (), status: int = 200) -> HttpResponse:
    on, region = day_asked(request), request.viewer.organisation.region
    found = [library().on(kind, on) for kind in ("patent", "trademark", "copyright", "layout")]
    books = []
    for book in found:
        if book is not None:
            turned = modes_in_force(book.family, region, on)
            grounds = [(one, turned.get(one.id)) for one in turned_book(book, region, on).grounds]
            books.append({"book": book, "grounds": grounds})
    context = {"on": on, "books": books, "form": form, "problems": problems}
    return render(
        request, "pledges/rules.html", context | {"prepares": request.viewer.seat == PREPARES}, status=status
    )
