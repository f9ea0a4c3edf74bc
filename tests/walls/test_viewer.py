"""Who acts, on whose behalf: choosing a role, losing it, the log-in before a page, the channel in the record of acts."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from finance.parties.actions import end_membership, enrol_person, propose_payee_account
from kernel.acts.models import Act
from tests.cast import PASSWORD, Cast, freshly_signed_in

PAYEE = {"holder": "甲银行", "bank_name": "甲银行营业部", "number": "50010312345678"}


def test_a_person_with_two_roles_chooses_and_acts_in_the_chosen_one(cast: Cast) -> None:
    maker = cast.bank_a.maker
    second = enrol_person(
        organisation=cast.bank_b.organisation,
        role="maker",
        name="",
        username=maker.account.username,
        person=maker.account.person,
    )
    client = freshly_signed_in(maker)
    assert client.get("/").context["viewer"] == maker
    client.post(reverse("choose_membership", args=[second.pk]))
    assert client.get("/").context["viewer"] == second
    assert cast.bank_b.organisation.name in client.get(reverse("memberships")).content.decode()


def test_a_right_withdrawn_is_gone_with_the_next_request(cast: Cast) -> None:
    client = freshly_signed_in(cast.bank_a.maker)
    assert client.get(reverse("inbox")).status_code == 200
    end_membership(membership=cast.bank_a.maker)
    assert client.get(reverse("inbox")).status_code == 404
    assert "没有岗位" in client.get("/").content.decode()


def test_a_switched_off_account_is_out_at_once(cast: Cast) -> None:
    client = freshly_signed_in(cast.bank_a.maker)
    account = cast.bank_a.maker.account
    account.is_active = False
    account.save(update_fields=["is_active"])
    assert client.get(reverse("inbox")).status_code == 302


def test_after_the_log_in_one_comes_to_the_page_one_asked_for(cast: Cast) -> None:
    client = Client()
    sent = client.get("/inbox/?page=2")
    assert sent["Location"] == "/account/login/?next=/inbox/%3Fpage%3D2"
    given = {"login": cast.bank_a.maker.account.username, "password": PASSWORD}
    assert client.post(sent["Location"], given)["Location"] == "/inbox/?page=2"


def test_a_part_of_a_page_sends_the_whole_window_to_the_log_in(cast: Cast) -> None:
    answer = Client().get("/jobs/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith("/account/login/")


def test_nobody_signs_himself_up(cast: Cast) -> None:
    assert Client().get("/account/signup/").status_code == 404
    assert Client().post("/account/signup/").status_code == 404


def test_the_record_names_the_door_and_the_address(cast: Cast, settings: object) -> None:
    client = freshly_signed_in(cast.bank_a.maker)
    client.post(reverse("payee_account"), PAYEE, REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR="10.9.9.9")
    act = Act.objects.get(verb="approval.ask")
    assert (act.channel, act.address) == ("portal", "203.0.113.7")
    settings.BEHIND_PROXY = True
    client = freshly_signed_in(cast.bank_b.maker)
    forwarded = "6.6.6.6, 198.51.100.4"  # the first is what the caller claims, the last what our proxy saw
    client.post(reverse("payee_account"), PAYEE, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert Act.objects.filter(verb="approval.ask").latest("id").address == "198.51.100.4"


def test_a_post_without_its_token_changes_nothing(cast: Cast) -> None:
    asked = propose_payee_account(by=cast.bank_a.maker, **PAYEE)
    client = Client(enforce_csrf_checks=True)
    client.cookies = freshly_signed_in(cast.bank_a.checker).cookies
    assert client.post(reverse("approve", args=[asked.pk])).status_code == 403
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_the_language_is_switched_and_comes_back(cast: Cast) -> None:
    client = freshly_signed_in(cast.bank_a.maker)
    client.post(reverse("set_language"), {"language": "en", "next": "/inbox/"})
    assert '<html lang="en">' in client.get("/inbox/").content.decode()
    client.post(reverse("set_language"), {"language": "zh-hans", "next": "/inbox/"})
    assert '<html lang="zh-hans">' in client.get("/inbox/").content.decode()
