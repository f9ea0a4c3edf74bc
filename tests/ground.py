"""The ground that tests stand on: rows laid once and shared by all tests that ask for them, changed by none.

A fixture marked `@laid` makes its rows in a layer: a savepoint within one transaction that is never committed. The test's
own transaction (pytest-django's) is a further savepoint on top, so what a test does is undone and the layer stays. Layers
lie upon each other (`cast`, then `books`, then `claim`); a test that asks for less has the layers above taken away first,
and tests of a file are put into an order in which that seldom happens. A file whose layers follow from a parameter says so
by `lay_ground(item)` and `ground_order(item)`.

What a layer's function returns is copied for every test, all layers at once: a test may change what it holds.
"""

from __future__ import annotations

import copy
import functools
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Recipe = Callable[..., Any]


@dataclass(frozen=True)
class Layer:
    recipe: Recipe
    block: Any  # the open `atomic`
    value: Any


class Ground:
    """The layers that lie now, lowest first, and the copies of this test."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.copies: dict[Recipe, Any] = {}
        self.through: Any = None  # psycopg's connection in which the layers live
        self.laying: Recipe | None = None
        self.called_for: dict[Recipe, tuple[Recipe, ...]] = {}
        self.used: set[Recipe] = set()  # shared layers that the one laid last has called for

    def stand_on(self, chain: tuple[Recipe, ...]) -> None:
        """Lay the chain, with the `shared` layers that its recipes turn out to call for, and copy what was made."""
        while True:
            guessed = self._guess(chain)
            whole = tuple(one for recipe in chain for one in (*self._below(recipe), recipe))
            whole = (*whole[:-1], *guessed, *whole[-1:])
            try:
                self._lay_chain(tuple(dict.fromkeys(whole)))
            except Wanting as wanting:
                self.called_for[wanting.by] = (*self.called_for.get(wanting.by, ()), wanting.recipe)
            except Exception:
                if not guessed:
                    raise
                self.called_for[chain[-1]] = ()  # perhaps what was guessed stood in its way
            else:
                if guessed:
                    self.called_for[chain[-1]] = tuple(one for one in guessed if one in self.used)
                if set(guessed) - self.used:
                    continue  # nothing lies below that was not called for
                if chain:
                    self.called_for.setdefault(chain[-1], ())
                self.copies = copy.deepcopy({layer.recipe: layer.value for layer in self.layers})
                return

    def _guess(self, chain: tuple[Recipe, ...]) -> tuple[Recipe, ...]:
        """The shared layers that lie now, for a recipe never laid before: it mostly calls for what its neighbours did."""
        lying = [layer.recipe for layer in self.layers]
        if not chain or chain[-1] in (*self.called_for, *lying) or lying[: len(chain) - 1] != [*chain[:-1]]:
            return ()
        return tuple(recipe for recipe in lying if recipe in SHARED)

    def _below(self, recipe: Recipe) -> tuple[Recipe, ...]:
        """What a recipe has called for in earlier layings, and what that has."""
        called = self.called_for.get(recipe, ())
        return tuple(one for below in called for one in (*self._below(below), below))

    def _lay_chain(self, chain: tuple[Recipe, ...]) -> None:
        """Take away what the chain does not have and lay what is missing."""
        if self.layers and connection.connection is not self.through:
            self.layers.clear()  # the connection was lost, and the rows with it
        lying = [layer.recipe for layer in self.layers]
        same = next(
            (place for place, (one, other) in enumerate(zip(lying, chain, strict=False)) if one is not other),
            min(len(lying), len(chain)),
        )
        self._take_away(same)
        for recipe in chain[same:]:
            self._lay(recipe)

    def clear(self) -> None:
        """Nothing lies any more; for tests that commit, or that change the connection."""
        if self.layers and connection.connection is not self.through:
            self.layers.clear()
        self._take_away(0)
        self.copies = {}

    def _lay(self, recipe: Recipe) -> None:
        values = {layer.recipe.__name__: layer.value for layer in self.layers}
        block = transaction.atomic()
        block.__enter__()
        self.through, self.laying, self.used = connection.connection, recipe, set()
        try:
            value = recipe(**{name: values[name] for name in inspect.signature(recipe).parameters})
        except BaseException:
            transaction.set_rollback(True)
            block.__exit__(None, None, None)
            raise
        finally:
            self.laying = None
        self.layers.append(Layer(recipe, block, value))

    def _take_away(self, down_to: int) -> None:
        while len(self.layers) > down_to:
            layer = self.layers.pop()
            transaction.set_rollback(True)
            layer.block.__exit__(None, None, None)


GROUND = Ground()
SHARED: set[Recipe] = set()


class Wanting(Exception):
    """A layer that is being laid calls for one that has to lie below it."""

    def __init__(self, recipe: Recipe, by: Recipe) -> None:
        self.recipe, self.by = recipe, by


def shared(recipe: Recipe) -> Recipe:
    """A function of the cast whose rows, where layers are laid, become a layer of their own below the one that calls it."""

    @functools.wraps(recipe)
    def standing(cast: Any) -> Any:
        for layer in GROUND.layers:
            if layer.recipe is as_layer and GROUND.laying is not None:
                GROUND.used.add(as_layer)
                return copy.deepcopy(layer.value)
        if GROUND.laying is None or GROUND.laying is as_layer:
            return recipe(cast)
        raise Wanting(as_layer, GROUND.laying)

    def as_layer(cast: Any) -> Any:
        return recipe(cast)

    as_layer.__qualname__ = recipe.__qualname__
    SHARED.add(as_layer)
    return standing


def laid(recipe: Recipe) -> Any:
    """A fixture whose rows are laid once. Its parameters are other laid fixtures and nothing else.

    It is called before any other fixture of the test, so no patch of the test reaches it: days are named, not asked for.
    """

    def standing(request: pytest.FixtureRequest, db: None, **below: Any) -> Any:
        if recipe in GROUND.copies:
            return GROUND.copies[recipe]
        return recipe(**below)  # a test that commits stands on nothing and makes its own

    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY)
        for name in ("request", "db", *inspect.signature(recipe).parameters)
    ]
    standing.__signature__ = inspect.Signature(parameters)
    standing.__name__, standing.__doc__, standing.__module__ = (
        recipe.__name__,
        recipe.__doc__,
        recipe.__module__,
    )
    standing.laid = recipe
    return pytest.fixture(standing)


def chain_of(item: pytest.Item) -> tuple[Recipe, ...]:
    """The layers that a test asks for, lowest first: from its fixtures."""
    fixtures = getattr(item, "_fixtureinfo", None)
    if fixtures is None:
        return ()
    asked: dict[str, Recipe] = {}
    for name in fixtures.names_closure:
        definitions = fixtures.name2fixturedefs.get(name)
        recipe = getattr(definitions[-1].func, "laid", None) if definitions else None
        if recipe is not None:
            asked[name] = recipe
    return tuple(_lowest_first(asked))


def _lowest_first(asked: dict[str, Recipe]) -> Iterable[Recipe]:
    done: dict[str, Recipe] = {}

    def add(name: str) -> None:
        if name not in done:
            for below in inspect.signature(asked[name]).parameters:
                add(below)
            done[name] = asked[name]

    for name in sorted(asked):
        add(name)
    return done.values()


def commits(request: pytest.FixtureRequest) -> bool:
    """Whether the test really commits in the shared database, which is made anew afterwards."""
    marker = request.node.get_closest_marker("django_db")
    return bool(
        (marker and marker.kwargs.get("transaction"))
        or {"transactional_db", "live_server", "django_db_reset_sequences"} & set(request.fixturenames)
    )


def in_order_of_their_ground(items: list[pytest.Item]) -> list[pytest.Item]:
    """Tests of one file by the layers they ask for, else as they stand; files keep their places."""
    ordered: list[pytest.Item] = []
    start = 0
    for place in range(1, len(items) + 1):
        if place == len(items) or items[place].path != items[start].path:
            ordered += sorted(items[start:place], key=_names)
            start = place
    return ordered


def _names(item: pytest.Item) -> tuple[str, ...]:
    own = getattr(getattr(item, "module", None), "ground_order", None)
    if own is not None:
        return tuple(own(item))
    return tuple(recipe.__qualname__ for recipe in chain_of(item))
