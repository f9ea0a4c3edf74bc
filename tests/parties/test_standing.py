"""How an enterprise stands: figures of a year with corrections, credit facts with their days, who sees and who states."""

from __future__ import annotations

import datetime as dt
import html
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from finance.parties import queries
from finance.parties.credit import read_kinds
from finance.parties.models import CreditFact, EnterpriseFigures, Organisation
from finance.parties.queries import size_of
from finance.parties.standing import (
    StatedFigures,
    record_credit_fact,
    state_figures,
    withdraw_credit_fact,
)  # fmt: skip
from kernel.acts.models import Act
from kernel.errors import Refused
from kernel.strict_yaml import read_file, read_text
from tests.cast import Cast, freshly_signed_in
from tests.walls.objects_of_the_enterprises import PENALTY

KINDS = Path(__file__).resolve().parents[2] / "policies" / "credit" / "kinds.yaml"
ON = dt.date(2026, 11, 20)
YEAR = StatedFigures(2025, "industry", 120, 60_000_000_00, None, "2025年度审计报告")


def stated(cast: Cast, figures: StatedFigures = YEAR, on: dt.date = ON) -> EnterpriseFigures:
    of = cast.enterprise_a
    return state_figures(by=of.owner, enterprise=of.organisation, stated=figures, on=on)


def penalised(cast: Cast, on: dt.date = ON, **other) -> CreditFact:
    of = cast.enterprise_a.organisation
    return record_credit_fact(by=cast.ip_bureau.clerk, enterprise=of, stated=replace(PENALTY, **other), on=on)


def seen(cast: Cast, on: dt.date = ON, by: str = "enterprise_a.member") -> list[tuple[str, bool]]:
    found = queries.credit_facts(viewer=cast.everybody[by], enterprise=cast.enterprise_a.organisation, on=on)
    return [(one.fact.document_no, one.counts) for one in found]


@pytest.mark.django_db
def test_a_correction_is_a_new_row_and_a_past_day_still_has_the_old_one(cast: Cast) -> None:
    stated(cast, on=dt.date(2026, 3, 1))
    stated(cast, replace(YEAR, year=2024, staff=90), on=dt.date(2026, 3, 1))
    stated(cast, replace(YEAR, staff=320))
    of, owner = cast.enterprise_a.organisation, cast.enterprise_a.owner
    for on, found in ((ON, [(2025, 320), (2024, 90)]), (dt.date(2026, 3, 1), [(2025, 120), (2024, 90)])):
        rows = queries.figures(viewer=owner, enterprise=of, on=on)
        assert [(row.year, row.staff) for row in rows] == found
    assert [size_of(row).size for row in queries.figures(viewer=owner, enterprise=of, on=ON)] == [
        "medium",
        "small",
    ]
    assert EnterpriseFigures.objects.count() == 3


@pytest.mark.django_db
def test_the_same_figures_again_add_nothing(cast: Cast) -> None:
    assert stated(cast) == stated(cast)
    assert Act.objects.filter(verb="figures.state").count() == 1


@pytest.mark.django_db
def test_an_enterprise_states_its_own_unchecked_and_a_bureau_from_the_original(cast: Cast) -> None:
    assert stated(cast).evidence == "stated"
    of = cast.enterprise_a.organisation
    checked = state_figures(by=cast.district_bureau.officer, enterprise=of, stated=YEAR, on=ON)
    assert checked.evidence == "seen"
    for by in (cast.enterprise_b.owner, cast.bank_a.maker, cast.ip_bureau.clerk):
        with pytest.raises(Refused):
            state_figures(by=by, enterprise=of, stated=YEAR, on=ON)


@pytest.mark.django_db
def test_all_that_is_wrong_with_figures_is_told_at_once(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        stated(cast, StatedFigures(2027, "banking", None, None, None, " "))
    assert [problem.where for problem in refused.value.problems] == ["年度", "行业", "指标", "出处"]
    assert not EnterpriseFigures.objects.exists()


@pytest.mark.django_db
def test_who_sees_how_an_enterprise_stands(cast: Cast) -> None:
    penalised(cast)
    stated(cast)
    of = cast.enterprise_a.organisation
    who = {
        place
        for place, viewer in cast.everybody.items()
        if seen(cast, by=place) and queries.figures(viewer=viewer, enterprise=of, on=ON)
    }
    assert who == {
        *("enterprise_a.member", "ip_bureau.member", "city_bureau.officer", "city_bureau.approver"),
        *("district_bureau.officer", "district_bureau.approver"),
    }


@pytest.mark.django_db
def test_a_bureau_of_another_region_sees_nothing_and_one_without_a_region_neither(cast: Cast) -> None:
    for region in ("370800", ""):
        house = cast.district_bureau.organisation
        house.region = region
        house.save()
        viewer = cast.district_bureau.officer
        viewer.organisation = house
        assert not queries.enterprises(viewer=viewer).exists()


@pytest.mark.django_db
def test_a_credit_fact_counts_from_its_decision_to_its_last_day(cast: Cast) -> None:
    penalised(cast, on=dt.date(2026, 5, 10), expires_on=dt.date(2026, 9, 30))
    number = PENALTY.document_no
    assert seen(cast, dt.date(2026, 5, 9)) == []  # not known yet
    assert seen(cast, dt.date(2026, 9, 30)) == [(number, True)]
    assert seen(cast, dt.date(2026, 10, 1)) == [(number, False)]


@pytest.mark.django_db
def test_a_withdrawn_fact_counts_no_more_from_its_day_and_stays_to_be_read(cast: Cast) -> None:
    fact = penalised(cast, on=dt.date(2026, 5, 10))
    withdrawn = dt.date(2026, 8, 1)
    withdraw_credit_fact(
        by=cast.ip_bureau.clerk,
        fact_id=fact.pk,
        reason="信用修复决定〔2026〕2号",
        decided_on=withdrawn,
        on=withdrawn,
    )
    assert seen(cast, dt.date(2026, 7, 31)) == [(PENALTY.document_no, True)]
    assert seen(cast, withdrawn) == [(PENALTY.document_no, False)]
    penalised(cast)  # a withdrawn one may be recorded anew
    assert [counts for _, counts in seen(cast)] == [True, False]


@pytest.mark.django_db
def test_only_the_house_that_recorded_takes_back_and_only_once(cast: Cast) -> None:
    fact, day = penalised(cast), dt.date(2026, 11, 19)

    def withdraw(by, reason="误录") -> None:
        withdraw_credit_fact(by=by, fact_id=fact.pk, reason=reason, decided_on=day, on=ON)

    with pytest.raises(Refused, match="重庆市知识产权局"):
        withdraw(cast.district_bureau.officer)
    with pytest.raises(Refused, match="撤销原因"):
        withdraw(cast.ip_bureau.clerk, " ")
    withdraw(cast.ip_bureau.clerk)
    with pytest.raises(Refused, match="无需再次撤销"):
        withdraw(cast.ip_bureau.clerk)
    assert CreditFact.objects.count() == 2


@pytest.mark.django_db
def test_a_credit_fact_is_refused_with_all_its_faults_and_not_recorded_twice(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        penalised(
            cast, kind="rude", source="", document_no=" ", decided_on=dt.date(2026, 12, 1), expires_on=ON
        )
    assert [problem.where for problem in refused.value.problems] == [
        "种类",
        "作出机关",
        "文号",
        "决定日",
        "期限至",
    ]
    penalised(cast)
    with pytest.raises(Refused, match="已有记录"):
        penalised(cast)
    with pytest.raises(Refused, match="本岗位"):
        record_credit_fact(
            by=cast.bank_a.maker, enterprise=cast.enterprise_a.organisation, stated=PENALTY, on=ON
        )


@pytest.mark.django_db
@pytest.mark.parametrize("other", ["enterprise", "house", "kind", "itself"])
def test_the_database_refuses_a_withdrawal_of_what_is_not_ones_own_fact(cast: Cast, other: str) -> None:
    fact = penalised(cast)
    row = {
        "enterprise": fact.enterprise, "house": fact.house, "kind": fact.kind, "withdraws": fact, "decided_on": ON,
        "source": "x", "document_no": "x", "reason": "误录", "known_on": ON,
    }  # fmt: skip
    wrong = {
        "enterprise": cast.enterprise_b.organisation, "house": cast.city_bureau.organisation, "kind": "ip_blacklist",
        "itself": CreditFact.objects.create(**row) if other == "itself" else None,
    }  # fmt: skip
    row["withdraws" if other == "itself" else other] = wrong[other]
    with pytest.raises(IntegrityError, match="所撤销的信用记录不成立"), transaction.atomic():
        CreditFact.objects.create(**row)


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"staff": None, "revenue": None}, {"year": 2027}])
def test_the_database_refuses_figures_of_nothing_or_of_a_year_to_come(cast: Cast, change: dict) -> None:
    row = {
        "enterprise": cast.enterprise_a.organisation,
        "year": 2025,
        "industry": "other",
        "staff": 3,
        "source": "x",
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        EnterpriseFigures.objects.create(**{**row, "evidence": "stated", "known_on": ON, **change})


@pytest.mark.django_db
def test_the_owner_states_figures_on_the_page_and_reads_class_and_credit(cast: Cast) -> None:
    penalised(cast)
    client, of = freshly_signed_in(cast.enterprise_a.owner), cast.enterprise_a.organisation
    form = reverse("parties:state_figures", args=[of.pk])
    typed = {
        "year": "2025",
        "industry": "industry",
        "staff": "999",
        "revenue": "5000000000.00",
        "source": "审计报告",
    }
    wrong = client.post(form, {**typed, "revenue": "5,000", "staff": "-1", "industry": ""})
    assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {"industry", "staff", "revenue"})
    sent = client.post(form, typed)
    assert sent["Location"] == reverse("parties:own")
    page = html.unescape(client.get(reverse("parties:own")).content.decode())
    for words in (
        "中型",
        "各行业界限已见公开文本",
        "距大型还差：从业人员 1 人",
        "企业自报，未核",
        PENALTY.document_no,
        "商标侵权行政处罚",
        "没有期限",
    ):
        assert words in page, words
    assert "记录信用事项" not in page


@pytest.mark.django_db
def test_a_bureau_finds_the_firm_records_a_fact_and_takes_it_back_on_pages(cast: Cast) -> None:
    client, of = freshly_signed_in(cast.district_bureau.officer), cast.enterprise_a.organisation
    found = client.get(reverse("parties:enterprises"), {"q": "山城"}).context["page"].object_list
    assert list(found) == [of]
    typed = {
        "kind": "ip_blacklist", "source": "国家知识产权局", "document_no": "名单1号", "decided_on": "2026-02-03",
        "expires_on": "2026-01-01",
    }  # fmt: skip
    record = reverse("parties:record_credit", args=[of.pk])
    assert "早于决定日" in client.post(record, typed).content.decode()
    assert client.post(record, {**typed, "expires_on": ""}).status_code == 302
    fact = CreditFact.objects.get()
    withdraw = reverse("parties:withdraw_credit", args=[of.pk, fact.pk])
    assert withdraw in client.get(reverse("parties:enterprise", args=[of.pk])).content.decode()
    assert client.post(withdraw, {"decided_on": "2026-03-01", "reason": "误录"}).status_code == 302
    assert (
        "自 2026-03-01 撤销：误录" in client.get(reverse("parties:enterprise", args=[of.pk])).content.decode()
    )


@pytest.mark.django_db
def test_enterprises_that_banks_named_are_found_by_the_region_of_their_code(cast: Cast) -> None:
    Organisation.objects.create(kind="enterprise", code="x", name="济宁企业", region="370800")
    names = set(queries.enterprises(viewer=cast.city_bureau.officer).values_list("name", flat=True))
    assert names == {cast.enterprise_a.organisation.name, cast.enterprise_b.organisation.name}


def test_the_kinds_are_read_strictly() -> None:
    kinds = read_kinds(read_file(KINDS))
    assert len(kinds) == 8
    assert kinds["joint_punishment"].facts == ("applicant.joint_punishment",)
    text = KINDS.read_text(encoding="utf-8")
    wrong = text.replace("RECALLED", "SURE", 1).replace("id: ip_blacklist", "id: joint_punishment")
    wrong = wrong.replace("usual_months: '36'", "usual_years: '3'", 1).replace("[applicant.", "[firm.")
    with pytest.raises(Refused) as refused:
        read_kinds(read_text(wrong))
    told = str(refused.value)
    for words in ("status", "已写过", "是不是 usual_months？", "写成 applicant."):
        assert words in told, words
