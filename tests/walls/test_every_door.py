"""Every address x every member of the cast x looking and sending: whoever has no business there finds nothing.

Made from the URLconf and the permission table, so that a new address is in it without anybody thinking of it. The
page of a 404, the same in thousands of answers, is drawn once.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.http import HttpResponse, HttpResponseNotFound
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from portal.doors import CLOSED, DOORS, PUBLIC, SIGNED_IN
from tests.cast import Cast, freshly_signed_in
from tests.ground import GROUND, chain_of, laid
from tests.walls import (  # noqa: F401  (they register their builders)
    objects_for_guests,
    objects_for_machines,
    objects_of_group_credit,
    objects_of_subsidies,
    objects_of_subsidy_policies,
    objects_of_the_bank,
    objects_of_the_enterprises,
    objects_of_the_policies,
    objects_of_the_pool,
    objects_of_the_registry,
    objects_of_the_scorecards,
    objects_of_the_scores,
    objects_of_the_treasury,
    objects_of_the_white_lists,
    objects_of_validation,
    objects_on_volume,
)
from tests.walls.objects import BUILDERS, Behind
from tests.walls.outside import faults_of

OK_FOR_LOOKING = {200, 302}
OK_FOR_SENDING = {200, 204, 302, 400, 409, 415, 422}  # an empty form is refused in words
SignedIn = dict[str, SimpleCookie]
FIXED_BY_DJANGO = {"set_language"}


def addresses(
    patterns: list[URLPattern | URLResolver], namespace: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern.url_patterns, inner)
        else:
            yield f"{namespace}{pattern.name}", pattern


ADDRESSES = dict(addresses(get_resolver().url_patterns))
OPEN = sorted(name for name in ADDRESSES if DOORS.get(name, CLOSED) != CLOSED)


@laid
def signed_in(cast: Cast) -> SignedIn:
    """Everybody's session by his place in the cast."""
    return {place: freshly_signed_in(member).cookies for place, member in cast.everybody.items()}


@functools.cache
def behind_of(name: str) -> Callable[[Cast], Behind]:
    """What makes the object behind an address, as a layer: one for all addresses of the same builder."""
    if not ADDRESSES[name].pattern.converters and not ADDRESSES[name].pattern.regex.groups:
        return _nothing
    assert name in BUILDERS, f"{name} names an object: register a builder in tests/walls/objects.py"
    return _as_layer(BUILDERS[name])


@functools.cache
def _as_layer(builder: Callable[[Cast], Behind]) -> Callable[[Cast], Behind]:
    return lambda cast: builder(cast)


def _nothing(cast: Cast) -> Behind:
    return Behind({}, seen_by=None)


def address_of(item: pytest.Item) -> str | None:
    """The address that a test is about, by name."""
    return item.callspec.params["name"] if hasattr(item, "callspec") else None


def lay_ground(item: pytest.Item) -> bool:
    name = address_of(item)
    if name:
        GROUND.stand_on((*chain_of(item), behind_of(name)))
    return bool(name)


def ground_order(item: pytest.Item) -> tuple[str, ...]:
    """Addresses behind which the same object stands come together."""
    builder = BUILDERS.get(address_of(item) or "")
    return (builder.__module__, f"{builder.__code__.co_firstlineno:05}") if builder else ()


@pytest.fixture
def _the_same_is_drawn_once(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """A 404 has no page here. As every answer is undone, no request writes that its session is used either."""
    settings.SESSION_SAVE_EVERY_REQUEST = False
    monkeypatch.setattr("config.urls.handler404", lambda request, exception: HttpResponseNotFound())


def client_with(cookies: SimpleCookie) -> Client:
    """A browser with these cookies; what it does to them stays with it."""
    client = Client()
    client.cookies = copy.deepcopy(cookies)
    return client


def answer(client: Client, method: str, address: str) -> HttpResponse:
    """An answer; what it wrote is undone."""
    with transaction.atomic():
        response = getattr(client, method)(address)
        transaction.set_rollback(True)
    return response


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    unnamed = [str(pattern.pattern) for name, pattern in ADDRESSES.items() if name.endswith("None")]
    assert unnamed == []
    assert sorted(set(ADDRESSES) - set(DOORS)) == [], "add a row to portal/doors.py"
    assert sorted(set(DOORS) - set(ADDRESSES)) == [], "a row without an address"


@pytest.mark.django_db
@pytest.mark.usefixtures("_the_same_is_drawn_once")
@pytest.mark.parametrize("name", OPEN)
def test_only_those_pass_whom_the_table_and_the_wall_let(name: str, cast: Cast, signed_in: SignedIn) -> None:
    behind, door = GROUND.copies[behind_of(name)], DOORS[name]
    address = reverse(name, kwargs=behind.parameters)
    wrong = []
    for place, member in cast.everybody.items():
        client = client_with(signed_in[place])
        sees = behind.seen_by is None or member in behind.seen_by
        for method, fine in (("get", OK_FOR_LOOKING), ("post", OK_FOR_SENDING)):
            if (door.read if method == "get" else door.write) is None and member != cast.bank_a.maker:
                continue  # open to nobody at all: one of them is enough to see it closed
            passes = sees and door.lets(method.upper(), signed_in=True, viewer=member)
            response = answer(client, method, address)
            if response.status_code not in (fine | own_answers(name) if passes else {404}):
                wrong.append(f"{place} {method} {address}: {response.status_code}, {passes=}")
            wrong += [f"{place} {method} {address}: {fault}" for fault in faults_of(response)]
    wrong += strangers(cast, name, address)
    assert wrong == []


@pytest.mark.django_db
def test_the_page_of_what_is_not_there_is_whole_for_everybody(cast: Cast, signed_in: SignedIn) -> None:
    clients = {place: client_with(cookies) for place, cookies in signed_in.items()}
    clients |= {"stranger": freshly_signed_in(cast.stranger), "unknown": Client()}
    for place, client in clients.items():
        for response in (client.get("/no/such/page/"), client.post("/jobs/")):
            assert (response.status_code, faults_of(response)) == (404, []), place
            assert "没有找到此页" in response.content.decode(), place


def strangers(cast: Cast, name: str, address: str) -> list[str]:
    """What an account without a role and a visitor without an account got that they should not."""
    door, stranger, unknown = DOORS[name], freshly_signed_in(cast.stranger), Client()
    wrong = []
    if door.read not in (PUBLIC, SIGNED_IN) and answer(stranger, "get", address).status_code != 404:
        wrong.append(f"stranger get {address}")
    if door.write not in (PUBLIC, SIGNED_IN):
        wrong += [
            f"{client} post {address}"
            for client in (stranger, unknown)
            if answer(client, "post", address).status_code != 404
        ]
    response = answer(unknown, "get", address)
    wrong += [f"unknown get {address}: {fault}" for fault in faults_of(response)]
    sent_to = response.get("Location", "").partition("?")[0]
    if address.startswith("/api/"):  # no log-in page for a machine
        return (
            wrong
            if response.status_code == 404
            else [*wrong, f"unknown get {address}: {response.status_code}"]
        )
    if door.read not in (PUBLIC, None) and (response.status_code, sent_to) != (302, "/account/login/"):
        wrong.append(f"unknown get {address}: {response.status_code}, not sent to the log-in")
    return wrong


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", sorted(name for name in BUILDERS if name in ADDRESSES and DOORS[name].read != PUBLIC)
)
def test_another_houses_object_looks_like_one_that_does_not_exist(
    name: str, cast: Cast, signed_in: SignedIn
) -> None:
    """Same body for an object behind the wall as for no object: nothing can be guessed from the answer."""
    behind = GROUND.copies[behind_of(name)]
    outsider = freshly_signed_in(cast.bank_b.maker)
    nobody = "01890000-0000-7000-8000-000000000000"
    absent = {key: nobody if isinstance(value, UUID) else value for key, value in behind.parameters.items()}
    if absent == behind.parameters:
        return  # the address names a form or a code, not an object behind a wall
    method = outsider.get if DOORS[name].read is not None else outsider.post
    there, not_there = (method(reverse(name, kwargs=kwargs)) for kwargs in (behind.parameters, absent))
    assert (there.status_code, not_there.status_code) == (404, 404)
    assert without_path(there) == without_path(not_there)


def without_path(response: object) -> str:
    """The body, less what repeats the asked address and the token that differs in every answer."""
    text = response.content.decode()
    kept = [line for line in text.splitlines() if "csrf" not in line]
    return "\n".join(kept)


def own_answers(name: str) -> set[int]:
    """Django and allauth answer for their own pages: a second step without the first, a method they do not take."""
    return {302, 404, 405} if name.startswith(("account_", "mfa_")) or name in FIXED_BY_DJANGO else set()
