"""Django's `migrate`, without drawing the whole house anew after each trigger, constraint and index.

Django renders every model that is related to a changed one, and in this house nearly all are. Adding a trigger, a
constraint or an index changes no field, and its SQL is made of the model as it was rendered before: for our own rooms the
rendering is left out. The outcome is the same, object by object; a fresh database takes less than half the processor time
(benchmarks/migrating.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
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
        app.label
        for app in apps.get_app_configs()
        if Path(app.path).is_relative_to(settings.BASE_DIR) and "site-packages" not in app.path
    }
    places: list[tuple[type, str]] = [
        (ProjectState, name) for name in ("_append_option", "_remove_option", "_alter_option")
    ]
    places += [(operation, "state_forwards") for operation in (AddTrigger, RemoveTrigger)]
    with ExitStack() as patches:
        for owner, name in places:
            patches.enter_context(patch.object(owner, name, _noted(getattr(owner, name), ours)))
        yield


def _noted(change: Callable[..., None], ours: set[str]) -> Callable[..., None]:
    """A method of a state, or of an operation that is handed the state last; for our rooms the state renders nothing."""

    def noted(owner: Any, app_label: str, *rest: Any) -> None:
        state = owner if isinstance(owner, ProjectState) else rest[-1]
        if app_label not in ours:
            change(owner, app_label, *rest)
            return
        with patch.object(state, "reload_model", lambda *_args, **_more: None):
            change(owner, app_label, *rest)

    return noted
