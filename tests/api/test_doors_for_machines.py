"""By token or by session, the same doors and the same walls; whatever goes wrong is a problem, never a page."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.authtoken.models import Token

from finance.parties.actions import end_membership, enrol_person
from kernel.acts.models import Act
from portal.tokens import issue
from tests.api.calls import FILINGS, by_token, file_in, new_key, problem
from tests.cast import PASSWORD
from tests.intake.workbooks import few

pytestmark = pytest.mark.django_db


def token_of(member) -> str:
    told = io.StringIO()
    call_command("issue_token", "--username", member.account.username, stdout=told, stderr=io.StringIO())
    return told.getvalue().strip()


def calls(secret: str, **kwargs) -> Client:
    return Client(headers={"Authorization": f"Token {secret}"}, **kwargs)


def test_a_token_is_shown_once_and_not_kept(cast):
    secret = token_of(cast.bank_a.maker)
    assert secret.startswith("zr_")
    assert len(secret) > 40
    kept = Token.objects.get()
    assert secret not in kept.key
    assert calls(secret).get("/api/v1/loans/").status_code == 200
    assert calls(f"zr_{kept.key}").get("/api/v1/loans/").status_code == 401
    act = Act.objects.get(verb="token.issue")
    assert (act.channel, secret in str(act.facts)) == ("command", False)


def test_a_new_token_makes_the_old_one_void_and_a_revoked_one_opens_nothing(cast):
    first, second = token_of(cast.bank_a.maker), token_of(cast.bank_a.maker)
    assert calls(first).get("/api/v1/loans/").status_code == 401
    assert calls(second).get("/api/v1/loans/").status_code == 200
    call_command("issue_token", "--username", "a-maker", "--revoke", stdout=io.StringIO())
    assert calls(second).get("/api/v1/loans/").status_code == 401


def test_a_token_needs_one_living_role_when_it_is_given_and_whenever_it_is_used(cast):
    secret = token_of(cast.bank_a.maker)
    enrol_person(
        organisation=cast.bank_b.organisation, role="maker", name="安经办", username="a-maker", password=PASSWORD,
        person=cast.bank_a.maker.account.person,
    )  # fmt: skip
    assert calls(secret).get("/api/v1/loans/").status_code == 401
    with pytest.raises(CommandError, match="不止一个在任岗位"):
        token_of(cast.bank_a.maker)
    with pytest.raises(CommandError, match="没有或"):
        call_command("issue_token", "--username", "stranger")
    with pytest.raises(CommandError, match="没有账号"):
        call_command("issue_token", "--username", "nobody")


def test_whoever_leaves_has_no_living_token(cast):
    secret = token_of(cast.bank_a.maker)
    end_membership(by=None, membership=cast.bank_a.maker)
    answer = calls(secret).get("/api/v1/loans/")
    assert problem(answer, 401)["title"] == "凭证无效"
    assert answer["WWW-Authenticate"] == "Token"


def test_a_closed_account_has_no_living_token(cast):
    secret = token_of(cast.bank_a.maker)
    account = cast.bank_a.maker.account
    account.is_active = False
    account.save(update_fields=["is_active"])
    problem(calls(secret).get("/api/v1/loans/"), 401)


@pytest.mark.parametrize(
    "header",
    [
        "Token",
        "Token ",
        "Token zr_",
        "Token zr_nonsense",
        "Bearer x",
        "Basic YTpi",
        "Token zr_\u00e9",
        "Token a b c",
    ],
)
def test_a_wrong_token_is_told_and_the_session_does_not_stand_in_for_it(cast, header):
    client = cast.signed_in(cast.bank_a.maker)
    assert client.get("/api/v1/loans/").status_code == 200
    problem(client.get("/api/v1/loans/", headers={"Authorization": header}), 401)


def test_the_token_counts_not_the_cookie_beside_it(cast):
    client = cast.signed_in(cast.bank_b.maker)
    secret = issue(account=cast.bank_a.maker.account, operator="test")
    answer = file_in(Client(headers={"Authorization": f"Token {secret}"}, **{}), few())
    filing = answer.json()["id"]
    assert client.get(f"{FILINGS}{filing}/").status_code == 404
    assert client.get(f"{FILINGS}{filing}/", headers={"Authorization": f"Token {secret}"}).status_code == 200


def test_a_token_opens_no_page(cast):
    assert by_token(cast.bank_a.maker).get("/loans/").status_code == 302


def test_by_session_a_form_of_another_site_is_refused(cast):
    client = Client(enforce_csrf_checks=True)
    client.cookies = cast.signed_in(cast.bank_a.maker).cookies
    body = problem(file_in(client, few()), 403)
    assert "CSRF" in body["detail"]


def test_a_token_needs_no_csrf_token_and_sets_no_cookie(cast):
    answer = file_in(by_token(cast.bank_a.maker), few())
    assert (answer.status_code, dict(answer.cookies)) == (202, {})


def test_walls_and_absence_are_the_same_problem(cast):
    filing = file_in(by_token(cast.bank_a.maker), few()).json()
    outsider = by_token(cast.bank_b.maker)
    there = outsider.get(f"{FILINGS}{filing['id']}/")
    absent = outsider.get(f"{FILINGS}01890000-0000-7000-8000-000000000000/")
    no_such_address = outsider.get("/api/v1/no-such-thing/")
    bodies = [problem(answer, 404) for answer in (there, absent, no_such_address)]
    assert bodies == [{"type": "about:blank", "title": "没有找到", "status": 404}] * 3
    problem(outsider.get(f"/api/v1/jobs/{filing['job']}/"), 404)


def test_a_role_without_this_door_and_a_visitor_without_a_name_find_nothing(cast):
    for member in (cast.bank_a.checker, cast.enterprise_a.owner, cast.auditor.member):
        problem(file_in(by_token(member), few()), 404)
    problem(file_in(Client(), few()), 404)
    problem(Client().get("/api/v1/loans/"), 404)
    problem(Client().get("/api/"), 404)


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_nothing_is_changed_or_deleted_through_this_door(cast, method):
    client = by_token(cast.bank_a.maker)
    filing = file_in(client, few()).json()
    for address in (FILINGS, f"{FILINGS}{filing['id']}/", "/api/v1/loans/"):
        answer = getattr(client, method)(address, {}, content_type="application/json")
        problem(answer, 405 if address == FILINGS else 404)


def test_an_unwanted_format_is_told(cast):
    answer = by_token(cast.bank_a.maker).get("/api/v1/loans/", headers={"Accept": "application/xml"})
    problem(answer, 406)


def test_a_body_too_large_is_a_problem_too(cast, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    client = by_token(cast.bank_a.maker)
    body = '{"form": "' + "x" * 2000 + '"}'
    answer = client.post(
        FILINGS, body, content_type="application/json", headers={"Idempotency-Key": new_key()}
    )
    assert problem(answer, answer.status_code)["status"] in (400, 413)


def test_a_fault_of_ours_is_a_problem_without_a_traceback(cast, monkeypatch):
    from finance.intake import api

    def break_down(**_):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(api.actions, "receive", break_down)
    client = by_token(cast.bank_a.maker)
    client.raise_request_exception = False
    answer = file_in(client, few())
    assert problem(answer, 500)["title"] == "系统内部错误"
    assert b"secret" not in answer.content
