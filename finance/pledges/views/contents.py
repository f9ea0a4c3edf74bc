"""The page on which the parties state contract, parties, rights and other marks of a file."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import formset_factory
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from finance.pledges import actions, forms
from finance.pledges.queries import of_files as reading
from finance.pledges.rules.stated import EMPTY, faults
from finance.pledges.words import worded
from kernel.days import today
from kernel.errors import Problem, Refused
from kernel.pages import absent_is_404

MOST_TYPED = 40  # rights on one page; a file with more is filled in by workbook


@require_http_methods(["GET", "POST"])
@absent_is_404
def state_contents(request: Any, file_id: UUID) -> HttpResponse:
    """Both parties fill in rights and themselves, the bank the contract too; what was typed stays after a fault."""
    found = reading.file(viewer=request.viewer, file_id=file_id)
    sent = request.POST if request.method == "POST" else None
    page = Typed(found, sent, is_bank=reading.party_of(request.viewer, found) == "pledgee")
    problems = page.problems if sent is not None else []
    if sent is not None and page.seen is None:
        wanted = _("请核对本页与现有内容后再次保存；已填的仍在本页")
        problems = [Problem(_("内容"), _("没有说明填写时所见的是哪一份"), wanted, "unseen"), *problems]
        page.seen = page.stands
    if sent is not None and not problems:
        try:
            actions.state_contents(
                by=request.viewer, file_id=file_id, contents=page.contents, on=today(), seen=page.seen
            )
            messages.success(request, _("已保存；此前的确认如有内容变动，须重新确认。"))
            return redirect("pledges:file", file_id)
        except Refused as refused:
            problems = list(refused.problems)
            if any(one.code == "moved" for one in problems):
                page.seen = page.stands  # told once; saving again is knowingly over it
    context = {"file": found, "book": page.book, "page": page, "problems": problems}
    status = 422 if sent is not None else 200
    return render(request, "pledges/contents.html", context, status=status)


class Typed:
    """The forms of the page together: what is in them, and everything that is wrong with it."""

    def __init__(self, file: Any, sent: Any, *, is_bank: bool) -> None:
        last = reading.last_statement(file)
        self.book, self.before = reading.book_of(file), last.contents if last else EMPTY
        self.stands = last.seq if last else 0
        written_over = (sent or {}).get("seen", "") if sent is not None else str(self.stands)
        seen = int(written_over) if re.fullmatch(r"\d{1,6}", written_over, re.ASCII) else None
        self.seen = (
            seen if seen is None or seen <= self.stands else None
        )  # nobody has seen what nobody stated
        self.many = len(self.before["rights"]) > MOST_TYPED
        stated = forms.ContractForm.initial_of(self.before)
        if not self.before["contract"]:
            stated["debtor"] = file.pledgor.name  # most pledge for a debt of their own
        self.contract = forms.ContractForm(sent, initial=stated, book=self.book) if is_bank else None
        parties = self.before.get("parties", {})
        sides = {"pledgor": _("出质人 %(name)s") % {"name": file.pledgor.name}}
        if is_bank:
            sides["pledgee"] = _("质权人 %(name)s") % {"name": file.pledgee.name}
        self.parties = {
            side: forms.PartyForm(sent, initial=parties.get(side, {}), prefix=side) for side in sides
        }
        self.named = [(form, sides[side]) for side, form in self.parties.items()]
        self.marks = (
            forms.MarksForm(sent, initial=forms.MarksForm.initial_of(self.before))
            if self.book.kind == "trademark"
            else None
        )
        one_right = formset_factory(
            forms.RightForm, forms.RightsOfAFile, extra=1, max_num=MOST_TYPED + 1, absolute_max=MOST_TYPED + 1,
            can_delete=True, can_delete_extra=False,
        )  # fmt: skip
        initial = [] if self.many else [forms.RightForm.initial_of(right) for right in self.before["rights"]]
        self.rights: Any = one_right(
            None if self.many else sent, initial=initial, prefix="right", form_kwargs={"book": self.book}
        )

    @property
    def problems(self) -> list[Problem]:
        found: list[Problem] = []
        if self.contract is not None and not self.contract.is_valid():
            found += forms.told(self.contract, worded("合同"))
        for form, name in self.named:
            found += [] if form.is_valid() else forms.told(form, name)
        if self.marks is not None and not self.marks.is_valid():
            found += forms.told(self.marks, worded("商标"))
        if not self.many and not self.rights.is_valid():
            for place, one in enumerate(self.rights.forms, 1):
                found += forms.told(one, worded(f"第{place}件"))
            found += [
                Problem("权利", str(fault), "请刷新页面后再填") for fault in self.rights.non_form_errors()
            ]
        if found:  # what could be read is looked at too, so that nobody mends one fault to meet the next
            found += [one for one in faults(self.book, self.contents, today()) if one.code != "no_right"]
        return found

    @property
    def contents(self) -> dict[str, Any]:
        """The whole statement: what this page does not show stays as it stood."""
        before = self.before.get("parties", {})
        parties = dict(before)
        for side, form in self.parties.items():
            name = {"name": before[side]["name"]} if before.get(side, {}).get("name") else {}
            parties[side] = name | form.contents
        stated = {**self.before, "parties": {side: said for side, said in parties.items() if said}}
        if not self.many:
            stated["rights"] = [
                one.contents
                for one in self.rights.forms
                if (one.has_changed() or one.initial) and not one.cleaned_data.get("DELETE")
            ]
        if self.contract is not None:
            stated["contract"], stated["filing"] = self.contract.contents
        if self.marks is not None:
            stated |= self.marks.contents
        return stated
