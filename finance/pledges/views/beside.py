"""What an action would refuse beside the faults that a form has found, so that all of them are told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from kernel.errors import Problem, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms


def refused_beside(form: forms.Form, act: Callable[[], object]) -> list[Problem]:
    """Try the action with what could be read and take it back; fields that the form has told of are left out."""
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    except Refused as refused:
        return [one for one in refused.problems if not _told_already(form, one)]
    return []


def _told_already(form: forms.Form, problem: Problem) -> bool:
    labels = {str(form.fields[name].label) for name in form.errors if name in form.fields}
    return problem.where in labels or problem.code in form.errors
