"""The doors that watchers and strangers see first."""

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.urls import reverse

from config import health

pytestmark = pytest.mark.django_db


def test_healthz_answers(client):
    assert client.get("/healthz").content == b"ok"


def test_readyz_tells_the_parts_apart(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["database"] == "ok"
    assert answer.json()["migrations"] == "ok"


def test_readyz_is_only_degraded_without_the_broker(client, monkeypatch):
    monkeypatch.setattr(health, "broker_state", lambda: "unreachable")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


def test_readyz_is_down_without_the_database(client, monkeypatch):
    def away():
        raise OperationalError

    monkeypatch.setattr(health.connection, "cursor", away)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"], answer.json()["migrations"]) == (
        503,
        "unreachable",
        "unknown",
    )


def test_readyz_is_down_while_a_migration_is_pending(client, monkeypatch):
    monkeypatch.setattr(
        health, "_newest_migrations", lambda: frozenset({("sessions", "9999_not_applied_yet")})
    )
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "pending")


def test_every_answer_forbids_what_comes_from_elsewhere(client):
    policy = client.get("/healthz").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_nobody_signs_up(client):
    client.post(
        reverse("account_signup"),
        {"username": "someone", "password1": "a-long-one-9", "password2": "a-long-one-9"},
    )
    assert not get_user_model().objects.filter(username="someone").exists()


def test_a_name_is_locked_out_after_failures_even_with_the_right_password(client):
    get_user_model().objects.create_user("li", password="the right one 9")
    door = reverse("account_login")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post(door, {"login": "li", "password": "wrong"})
    assert client.post(door, {"login": "li", "password": "the right one 9"}).status_code == 429
    assert "_auth_user_id" not in client.session


def test_another_name_from_the_same_place_is_not_locked_out_with_it(client):
    for name in ("li", "wang"):
        get_user_model().objects.create_user(name, password="the right one 9")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post(reverse("account_login"), {"login": "li", "password": "wrong"})
    answer = client.post(reverse("account_login"), {"login": "wang", "password": "the right one 9"})
    assert answer.status_code == 302


def test_the_right_password_opens(client):
    get_user_model().objects.create_user("li", password="the right one 9")
    client.post(reverse("account_login"), {"login": "li", "password": "wrong"})
    answer = client.post(reverse("account_login"), {"login": "li", "password": "the right one 9"})
    assert answer.status_code == 302
    assert "_auth_user_id" in client.session
