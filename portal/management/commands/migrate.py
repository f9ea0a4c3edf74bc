"""Django's `migrate`, without drawing the whole house anew after each trigger, constraint and index.

Django renders every model that is related to a changed one, and in this house nearly all are. Adding a trigger, a
constraint or an index changes no field, and its SQL is made of the model as it was rendered before: for our own rooms the
rendering is left out. The outcome is the same, object by object; a fresh database takes less than half the processor time
(benchmarks/migrating.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.conf import settings
from django.core.management.commands import migrate
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger


class Command(migrate.Command):
    """`manage.py migrate`, with every option of Django's."""

    def handle(self, *arguments: Any, **options: Any) -> None:
        with without_needless_rendering():
            super().handle(*arguments, **options)


@contextmanager
def without_needless_rendering() -> Iterator[None]:
    """Inside, options of our models are noted in a state without rendering it."""
    ours = {
        app.label for app in apps.get_app_configs() if app.path.startswith(f"{settings.BASE_DIR}/")
    } - _installed_beside_us()
    with ExitStack() as patches:
        for name in ("_append_option", "_remove_option", "_alter_option"):
            patches.enter_context(patch.object(ProjectState, name, _noted(getattr(ProjectState, name), ours)))
        for operation in (AddTrigger, RemoveTrigger):
            patches.enter_context(
                patch.object(operation, "state_forwards", _trigger_noted(operation.state_forwards, ours))
            )
        yield


def _installed_beside_us() -> set[str]:
    """Labels of packages whose virtual environment lies inside the checkout."""
    return {app.label for app in apps.get_app_configs() if "site-packages" in app.path}


def _noted(change: Callable[..., None], ours: set[str]) -> Callable[..., None]:
    def noted(state: ProjectState, app_label: str, *what: Any) -> None:
        with _unrendered(state, app_label in ours):
            change(state, app_label, *what)

    return noted


def _trigger_noted(change: Callable[..., None], ours: set[str]) -> Callable[..., None]:
    def noted(operation: Any, app_label: str, state: ProjectState) -> None:
        with _unrendered(state, app_label in ours):
            change(operation, app_label, state)

    return noted


@contextmanager
def _unrendered(state: ProjectState, ours: bool) -> Iterator[None]:
    if not ours:
        yield
        return
    with patch.object(state, "reload_model", lambda *_args, **_more: None):
        yield
