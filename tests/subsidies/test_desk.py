"""The desk of subsidy policies: read aloud, tried, compared, costed on applications and loans, published by two."""

from __future__ import annotations

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from finance.subsidies.aloud import read_aloud
from finance.subsidies.difference import differences
from finance.subsidies.loading import load_policy
from finance.subsidies.queries.trying import effect_on_loans
from kernel.policystore.models import PolicyVersion
from kernel.work.models import Approval
from tests.cast import Cast
from tests.ground import laid
from tests.subsidies.conftest import POLICIES
from tests.subsidies.drafts import ENDED, NEXT
from tests.subsidies.ground import ON, Subsidies, publish

TODAY = f"?on={ON}"


@laid
def subsidies(cast: Cast) -> Subsidies:
    """Two enterprises applied under the measure of 2026 for a settled loan of a million each: 3,882.08 each."""
    room = Subsidies(cast, publish(ENDED))
    call = room.open()
    for number, house in (("YC1", cast.enterprise_a), ("YC2", cast.enterprise_b)):
        loan = room.settle(room.loan(house, number))
        room.account(house, f"62220212345678{number[-1]}0")
        room.apply(house, call, loan)
    return room


@pytest.fixture
def officer(cast, subsidies) -> Client:
    return cast.signed_in(cast.district_bureau.officer)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def upload(who: Client, content: str):
    given = SimpleUploadedFile("办法.yaml", content.encode())
    return who.post(reverse("subsidy_policies:upload"), {"file": given})


def drafted(officer: Client) -> PolicyVersion:
    assert upload(officer, NEXT).status_code == 302
    return PolicyVersion.objects.get(kind="subsidy", state="draft")


def page(who: Client, name: str, row: PolicyVersion, query: str = "") -> str:
    response = who.get(reverse(f"subsidy_policies:{name}", args=[row.pk]) + query)
    assert response.status_code == 200
    return text_of(response)


# --- pure ---


def test_every_policy_is_read_aloud_with_each_sentence_once(library, strange):
    for policy in (*library, strange):
        keys = [told.key for section in read_aloud(policy) for told in section.lines]
        assert len(keys) == len(set(keys)), policy.id
        assert not differences(policy, policy), policy.id
        marked = {told.key for section in read_aloud(policy) for told in section.lines if told.assumed}
        assumed = [one for one in (*policy.eligibility, *policy.lines, *policy.limits) if one.remarks.assumed]
        assert len(marked) >= len(assumed), policy.id


def test_what_changes_is_told_item_by_item():
    changes = differences(load_policy(ENDED), load_policy(NEXT))
    assert [(change.label, change.before, change.after) for change in changes] == [
        ("起止日", "2026-01-01 至 2026-12-31", "2027-01-01 至 2027-12-31"),
        ("系数", "乘 50%", "乘 60%"),
        (
            "限额 year",
            "每个企业申请年度最多 6,000.00 元：贷款贴息",
            "每个企业申请年度最多 9,000.00 元：贷款贴息",
        ),
    ]


# --- pages ---


def test_a_faulty_file_is_told_every_fault_and_nothing_is_kept(officer):
    wrong = NEXT.replace("factor: '0.60'", "factor: 0.60").replace("op: within", "op: inside")
    answer = upload(officer, wrong)
    assert answer.status_code == 422
    assert "0.60" in text_of(answer)
    assert "inside" in text_of(answer)
    assert not PolicyVersion.objects.filter(state="draft").exists()


def test_a_version_is_read_aloud_with_its_tests_carried_out(officer, cast, subsidies):
    shown = page(officer, "version", drafted(officer))
    for told in (
        "须在渝中区登记",
        "（第三条）",
        "乘 60%",
        "设定，无出处",
        "相符",
        "4,658.50",
        "利息",
        "提请发布",
    ):
        assert told in shown, told
    listed = text_of(officer.get(reverse("subsidy_policies:list")))
    assert "cq-yuzhong-2027" in listed
    for stranger in (cast.enterprise_a.member, cast.city_bureau.officer):
        seen = text_of(cast.signed_in(stranger).get(reverse("subsidy_policies:list")))
        assert "cq-yuzhong-2026" in seen
        assert "cq-yuzhong-2027" not in seen


def test_what_is_worth_a_look_in_a_draft_stands_on_its_page(officer):
    text = NEXT.replace("fact: loan.overdue_days", "fact: loan.overdue_day")
    assert upload(officer, text).status_code == 302
    shown = page(officer, "version", PolicyVersion.objects.get(kind="subsidy", state="draft"))
    assert "值得一看" in shown
    assert "是不是想写 loan.overdue_days（逾期天数）" in shown


def test_a_test_that_does_not_come_out_keeps_the_draft_from_publication(officer):
    assert upload(officer, NEXT.replace("4658.50", "4658.51")).status_code == 302
    draft = PolicyVersion.objects.get(kind="subsidy", state="draft")
    shown = page(officer, "version", draft)
    assert "不符" in shown
    assert "4658.51" in shown
    answer = officer.post(reverse("subsidy_policies:publish", args=[draft.pk]))
    assert answer.status_code == 422
    assert not Approval.objects.filter(kind="policies.publish").exists()


def test_a_trial_shows_the_amount_with_its_working_and_what_is_missing(officer, subsidies):
    draft = drafted(officer)
    where = reverse("subsidy_policies:trial", args=[draft.pk])
    fields = {field.label: name for name, field in officer.get(where).context["form"].fields.items()}
    typed = {
        fields["企业注册地"]: "500103",
        fields["贷款结清日（YYYY-MM-DD）"]: "2026-10-09",
        fields["在失信联合惩戒名单内"]: "false",
        next(name for label, name in fields.items() if "利息" in label): "12940.28",
        next(name for label, name in fields.items() if "份额" in label): "0.60",
        next(name for label, name in fields.items() if "提款" in label): "2026-06-10 1000000",
        next(name for label, name in fields.items() if "利率" in label): "0.0385",
    }
    late = next(name for label, name in fields.items() if "逾期" in label)
    done = text_of(officer.post(where, typed | {late: "0"}))
    assert "可以补贴 4,658.50" in done
    assert "12,940.28 元 × 知识产权份额 60% × 60% = 4,658.50 元" in done
    assert "缺事实" in text_of(officer.post(where, typed))
    assert "不符合条件" in text_of(officer.post(where, typed | {late: "3"}))
    wrong = officer.post(where, typed | {late: "0", fields["贷款结清日（YYYY-MM-DD）"]: "昨天"})
    assert wrong.status_code == 422
    assert "真实的日期" in text_of(wrong)


def test_the_cost_on_last_years_applications_is_what_the_engine_says_of_each(officer, subsidies):
    found = officer.get(reverse("subsidy_policies:backtest", args=[drafted(officer).pk]) + TODAY)
    total = found.context["applications"].found.total
    assert (total.rows, total.before, total.after) == (2, 2 * 388208, 2 * 465850)
    assert (total.gain_rows, total.gain, total.lose_rows) == (2, 2 * (465850 - 388208), 0)
    shown = text_of(found)
    for told in ("近一年的申报", "7,764.16", "9,317.00", "贷款贴息", "现有贷款"):
        assert told in shown, told


def test_the_cost_on_the_loans_of_a_viewer_says_what_was_assumed(cast, subsidies):
    subsidies.loan(cast.enterprise_a, "YC9")  # still runs: as repaid on its day
    old, new = load_policy(ENDED), load_policy(NEXT)
    seen = effect_on_loans(viewer=cast.bank_a.checker, draft=new, before=old, on=ON)
    assert seen.found.total.rows == 3
    assert seen.found.total.gain_rows == 3
    # 1,000,000.00 × 3.85 % × 365 ÷ 360 × 60 % × 50 % (then 60 %) is more than the limit of 2027, of which nothing is used
    assert (seen.found.total.before, seen.found.total.after) == (2 * 388208 + 6_000_00, 2 * 465850 + 9_000_00)
    assert "未结清的贷款按到期日还清" in seen.assumed
    assert [name for name, _ in seen.regions]
    assert effect_on_loans(viewer=cast.bank_b.checker, draft=new, before=old, on=ON) is None


def test_two_persons_publish_and_the_approver_sees_what_it_changes(officer, cast, subsidies):
    draft = drafted(officer)
    assert "乘 50%" in page(officer, "difference", draft)
    assert officer.post(reverse("subsidy_policies:publish", args=[draft.pk])).status_code == 302
    asked = Approval.objects.get(kind="policies.publish", state="asked")
    approver = cast.signed_in(cast.district_bureau.approver)
    shown = text_of(approver.get(reverse("approval", args=[asked.pk])))
    for told in ("近一年的申报", "变化最大的", "2027-01-01"):
        assert told in shown, told
    approver.post(reverse("approve", args=[asked.pk]))
    draft.refresh_from_db()
    assert draft.state == "published"
    assert "cq-yuzhong-2027" in text_of(
        cast.signed_in(cast.enterprise_a.member).get(reverse("subsidy_policies:list"))
    )


def test_a_draft_can_be_given_up(officer):
    draft = drafted(officer)
    assert officer.post(reverse("subsidy_policies:withdraw", args=[draft.pk])).status_code == 302
    assert officer.get(reverse("subsidy_policies:version", args=[draft.pk])).status_code == 200
    assert "cq-yuzhong-2027" not in text_of(officer.get(reverse("subsidy_policies:list")))


def test_the_file_is_the_text_that_was_kept(officer):
    draft = drafted(officer)
    assert officer.get(reverse("subsidy_policies:file", args=[draft.pk])).content.decode() == NEXT


@pytest.mark.parametrize(
    "policy_id", ["fj-2022", "zj-hangzhou-2015", "sd-jining-2018-award", "gd-nansha-2024"]
)
def test_every_page_of_a_shipped_policy_opens(officer, policy_id):
    row = publish((POLICIES / "subsidies" / f"{policy_id}.yaml").read_text())
    for name in ("version", "trial", "difference", "backtest"):
        page(officer, name, row)
