"""What a form has found and what an action would refuse, told at once: nobody mends one fault to meet the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import override

from finance.pledges.forms import told
from finance.pledges.words import worded
from kernel.errors import Problem, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms


def refused(form: forms.Form, act: Callable[[], object]) -> list[Problem]:
    """Take the action; everything that stands against it, for a page that lists a form's faults with the others.

    Nothing was done where anything is told.
    """
    if not form.is_valid():
        return [*told(form), *refused_beside(form, act)]
    try:
        act()
    except Refused as faults:
        return list(faults.problems)
    return []


def refused_beside(form: forms.Form, act: Callable[[], object]) -> list[Problem]:
    """Try the action with what could be read and take it back; fields that the form has told of are left out."""
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    except Refused as faults:
        return [one for one in faults.problems if not _told_already(form, one)]
    return []


def _told_already(form: forms.Form, problem: Problem) -> bool:
    faulty = [form.fields[name] for name in form.errors if name in form.fields]
    labels = {str(field.label) for field in faulty}
    with override(settings.LANGUAGE_CODE):  # an action speaks Chinese, whatever the page
        labels |= {str(field.label) for field in faulty}
    return bool(labels & {problem.where, worded(problem.where)}) or problem.code in form.errors
