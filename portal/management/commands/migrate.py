"""Django's `migrate`, without drawing the whole house anew after each new table, column, trigger, constraint and index.

Django renders every model that is related to a changed one, and in this house nearly all are. For our own rooms:
a trigger, a constraint or an index changes no field, and its SQL is made of the model as it was rendered before, so
nothing is rendered; a new table or column needs its own model only, so that alone is rendered, and the state is marked as
delayed, as Django marks the change of a plain column: whatever runs Python on the models has them all rendered first. The
outcome is the same, object by object (benchmarks/migrating.py).
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

Reload = Callable[[ProjectState, str, str], None]


class Command(migrate.Command):
    """`manage.py migrate`, with every option of Django's."""

    def handle(self, *arguments: Any, **options: Any) -> None:
        with without_needless_rendering():
            super().handle(*arguments, **options)


@contextmanager
def without_needless_rendering() -> Iterator[None]:
    """Inside, a changed option of our models renders nothing, and a new table or column its own model only."""
    ours = {
        app.label
        for app in apps.get_app_configs()
        if Path(app.path).is_relative_to(settings.BASE_DIR) and "site-packages" not in app.path
    }
    places: list[tuple[type, str, Reload]] = [
        (ProjectState, name, _nothing) for name in ("_append_option", "_remove_option", "_alter_option")
    ]
    places += [(operation, "state_forwards", _nothing) for operation in (AddTrigger, RemoveTrigger)]
    places += [(ProjectState, "add_field", _itself)]
    with ExitStack() as patches:
        for owner, name, reload in places:
            patches.enter_context(patch.object(owner, name, _noted(getattr(owner, name), ours, reload)))
        for name, change in (("add_model", _added), ("alter_field", _altered)):
            patches.enter_context(patch.object(ProjectState, name, change(getattr(ProjectState, name), ours)))
        yield


def _noted(change: Callable[..., None], ours: set[str], reload: Reload) -> Callable[..., None]:
    """A method of a state, or of an operation that is handed the state last; our rooms are rendered by `reload`."""

    def noted(owner: Any, app_label: str, *rest: Any, **named: Any) -> None:
        state = owner if isinstance(owner, ProjectState) else rest[-1]
        if app_label not in ours:
            change(owner, app_label, *rest, **named)
            return
        with patch.object(state, "reload_model", lambda app, model, delay=False: reload(state, app, model)):
            change(owner, app_label, *rest, **named)

    return noted


def _added(add_model: Callable[..., None], ours: set[str]) -> Callable[..., None]:
    """A new table, which knows its own room."""

    def added(state: ProjectState, model_state: Any) -> None:
        _noted(lambda owner, _label, model: add_model(owner, model), ours, _itself)(
            state, model_state.app_label, model_state
        )

    return added


def _altered(alter_field: Callable[..., None], ours: set[str]) -> Callable[..., None]:
    """A changed column; a key is left to Django, since the columns of those that point to it change too."""

    def altered(
        state: ProjectState, app_label: str, model: str, name: str, field: Any, default: bool
    ) -> None:
        known = (state.models[app_label, model].fields[name], field)
        keyed = any(one.primary_key or one.unique or one.is_relation for one in known)
        change = alter_field if keyed else _noted(alter_field, ours, _itself)
        change(state, app_label, model, name, field, default)

    return altered


def _nothing(state: ProjectState, app_label: str, model_name: str) -> None:
    """What is changed is no field."""


def _itself(state: ProjectState, app_label: str, model_name: str) -> None:
    """The model alone; those that point to it are rendered when Python runs on them."""
    if "apps" in state.__dict__:
        state.is_delayed = True
        state._reload({(app_label, model_name)})  # type: ignore[attr-defined]
