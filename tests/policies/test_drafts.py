"""A draft is its own bureau's, is published by two persons as it was asked for, or is given up."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from kernel.errors import Refused
from kernel.policystore import actions, queries
from kernel.policystore.models import PolicySpan, PolicyVersion
from kernel.work.approvals import approve, decline
from kernel.work.models import Approval
from riskpool.policies.keepers import checked_scheme
from riskpool.schemes import load_scheme
from tests.policies.texts import FAMILY, NEW, NEXT, OLD, WRONG_EXAMPLE
from tests.two_persons import approved

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau(cast, books):
    return cast.district_bureau


def draft_of(by, text: str = NEXT) -> PolicyVersion:
    return actions.keep_draft(by=by, kind="scheme", text=text)


def published(bureau, text: str = NEXT) -> PolicyVersion:
    draft = draft_of(bureau.officer, text)
    asked = actions.propose_publication(by=bureau.officer, version_id=draft.pk)
    return approve(by=bureau.approver, approval_id=asked.pk)


def test_another_bureau_neither_sees_a_draft_nor_meets_its_number(bureau, cast):
    draft = draft_of(bureau.officer)
    stranger = cast.city_bureau.officer
    assert draft not in queries.versions(viewer=stranger, kind="scheme")
    with pytest.raises(PolicyVersion.DoesNotExist):
        actions.propose_publication(by=stranger, version_id=draft.pk)
    with pytest.raises(PolicyVersion.DoesNotExist):
        actions.withdraw_draft(by=stranger, version_id=draft.pk)
    theirs = draft_of(stranger)
    assert theirs.pk != draft.pk, "the same number, another bureau's draft: neither tells of the other"


def test_an_officer_drafts_an_approver_publishes_and_nobody_else_does_either(bureau, cast):
    with pytest.raises(Refused, match="权限"):
        draft_of(bureau.approver)
    with pytest.raises(Refused, match="权限"):
        draft_of(cast.bank_a.maker)
    draft = draft_of(bureau.officer)
    with pytest.raises(Refused, match="权限"):
        actions.propose_publication(by=bureau.approver, version_id=draft.pk)


def test_a_published_version_is_as_it_was_asked_for_and_ends_the_one_before(bureau):
    row = published(bureau)
    assert (row.state, row.shipped, row.approval.maker, row.approval.checker) == (
        "published", False, bureau.officer.account, bureau.approver.account,
    )  # fmt: skip
    assert row.approval.command["spans"] == [[OLD, "始终", "至 2026-11-30"], [NEW, "无", "2026-12-01 起"]]
    kept = PolicySpan.objects.filter(version__version=OLD).order_by("recorded_at")
    assert [(span.superseded_at is None, str(span.validity.upper)) for span in kept] == [
        (False, "None"), (True, "2026-12-01"),
    ]  # fmt: skip
    assert PolicyVersion.objects.get(version=OLD).valid_to is None, "the published text says what it said"


def test_what_ships_shortens_a_published_version_on_its_own_publication_and_no_other(bureau, cast):
    row = published(bureau)
    later = NEXT.replace(NEW, f"{FAMILY}@2030").replace("'2026-12-01'", "'2030-01-01'").replace(OLD, NEW)
    actions.ship(kind="scheme", text=later, checked=checked_scheme(load_scheme(later)))
    actions.settle_spans(kind="scheme", family=FAMILY)
    standing = PolicySpan.objects.filter(family=FAMILY, superseded_at=None).order_by("validity")
    assert [(span.version.version, span.approval_id) for span in standing] == [
        (OLD, row.approval_id), (NEW, row.approval_id), (f"{FAMILY}@2030", None),
    ]  # fmt: skip
    kept = PolicySpan.objects.get(version=row, superseded_at=None)
    PolicySpan.objects.filter(pk=kept.pk).update(superseded_at=row.approval.decided_at)
    fields = {"kind": "scheme", "family": FAMILY, "version": row, "validity": kept.validity}
    for approval, told in ((None, "须有两人发布"), (approved(cast, "pools.set_limit"), "所依据的发布不成立")):
        with pytest.raises(IntegrityError, match=told), transaction.atomic():
            PolicySpan.objects.create(approval=approval, **fields)


def test_the_same_number_is_not_published_twice_and_a_draft_of_it_is_refused(bureau, cast):
    published(bureau)
    with pytest.raises(Refused, match="已经发布"):
        draft_of(bureau.officer, NEXT + "note: x\n")
    with pytest.raises(Refused, match="由另一机构发布"):
        draft_of(cast.city_bureau.officer, NEXT.replace(NEW, f"{FAMILY}@2027"))


def test_a_version_that_overlaps_without_saying_what_it_replaces_cannot_be_published(bureau):
    draft = draft_of(bureau.officer, NEXT.replace(f"supersedes: {OLD}\n", ""))
    with pytest.raises(Refused, match="2026-12-01 起有几个版本同时有效"):
        actions.propose_publication(by=bureau.officer, version_id=draft.pk)


def test_a_draft_that_is_uploaded_again_takes_the_place_of_the_earlier_one(bureau):
    first = draft_of(bureau.officer)
    assert draft_of(bureau.officer).pk == first.pk, "the same file again changes nothing"
    second = draft_of(bureau.officer, NEXT + "note: 更正\n")
    first.refresh_from_db()
    assert (first.state, second.state) == ("withdrawn", "draft")
    asked = actions.propose_publication(by=bureau.officer, version_id=second.pk)
    with pytest.raises(Refused, match="已提请发布"):
        draft_of(bureau.officer)
    with pytest.raises(Refused, match="已提请发布"):
        actions.withdraw_draft(by=bureau.officer, version_id=second.pk)
    decline(by=bureau.approver, approval_id=asked.pk, reason="再议")
    actions.withdraw_draft(by=bureau.officer, version_id=second.pk)
    with pytest.raises(Refused, match="只有草稿可以"):
        actions.withdraw_draft(by=bureau.officer, version_id=second.pk)


def test_a_publication_whose_ground_has_moved_is_refused(bureau):
    """Between asking and signing another version of the family is published, which moves the old one's days."""
    draft = draft_of(bureau.officer)
    asked = actions.propose_publication(by=bureau.officer, version_id=draft.pk)
    published(
        bureau,
        NEXT.replace(NEW, f"{FAMILY}@2025").replace("'2026-12-01'", "'2025-01-01'\nvalid_to: '2025-12-31'"),
    )
    with pytest.raises(Refused, match="提请之后"):
        approve(by=bureau.approver, approval_id=asked.pk)
    assert PolicyVersion.objects.get(pk=draft.pk).state == "draft"


def test_a_publication_that_has_come_to_clash_with_another_is_refused_with_its_days(bureau):
    draft = draft_of(bureau.officer)
    asked = actions.propose_publication(by=bureau.officer, version_id=draft.pk)
    published(bureau, NEXT.replace(NEW, f"{FAMILY}@2027").replace("2026-12-01", "2027-01-01"))
    with pytest.raises(Refused, match="2027-01-01 起有几个版本同时有效"):
        approve(by=bureau.approver, approval_id=asked.pk)


def test_a_draft_that_was_changed_after_the_asking_is_not_published(bureau):
    draft = draft_of(bureau.officer)
    asked = actions.propose_publication(by=bureau.officer, version_id=draft.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE policystore_policyversion SET text = %s WHERE id = %s", [WRONG_EXAMPLE, draft.pk]
        )
    with pytest.raises(Refused) as refused:
        approve(by=bureau.approver, approval_id=asked.pk)
    assert {problem.code for problem in refused.value.problems} == {"example", "changed"}
    assert PolicyVersion.objects.get(pk=draft.pk).state == "draft"
    assert Approval.objects.get(pk=asked.pk).state == "asked"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("state = 'published', shipped = true", "随产品发布的版本只在载入时成立"),
        ("state = 'published'", "published_by_two_persons_or_shipped"),
        ("state = 'published', approval_id = %(approval)s", "发布须经两人复核"),
    ],
)
def test_raw_sql_does_not_publish_a_draft(bureau, change, told):
    draft = draft_of(bureau.officer)
    asked = actions.propose_publication(by=bureau.officer, version_id=draft.pk)
    with pytest.raises(IntegrityError, match=told), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE policystore_policyversion SET {change} WHERE id = %(id)s",
            {"approval": asked.pk, "id": draft.pk},
        )


def test_a_draft_is_nobodys_parent(bureau):
    """What others pay under must not hang on what one bureau keeps for itself."""
    draft_of(bureau.officer)
    child = f"id: child@2026\ninherits: {NEW}\nname: 子方案\n"
    with pytest.raises(Refused, match="找不到方案"):
        draft_of(bureau.officer, child)


def test_the_list_shows_drafts_to_their_own_bureau_only(bureau, cast):
    draft_of(bureau.officer)
    address = reverse("policies:list")
    assert NEW in cast.signed_in(bureau.approver).get(address).content.decode()
    for other in (cast.city_bureau.officer, cast.bank_a.maker, cast.auditor.member):
        shown = cast.signed_in(other).get(address).content.decode()
        assert OLD in shown
        assert NEW not in shown


def test_a_kept_text_that_can_no_longer_be_read_is_told_and_no_traceback(bureau, cast):
    draft = draft_of(bureau.officer)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE policystore_policyversion SET text = 'a: [1' WHERE id = %s", [draft.pk])
    officer = cast.signed_in(bureau.officer)
    for name in ("version", "trial", "difference", "effect", "backtest"):
        answer = officer.get(reverse(f"policies:{name}", args=[draft.pk]))
        assert (answer.status_code, "不是有效的 YAML" in answer.content.decode()) == (422, True), name
    assert officer.post(reverse("policies:publish", args=[draft.pk])).status_code == 422
