"""An agreement follows another version from a day: two persons, no overlap, frozen loans stay, one day one version."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from kernel.errors import Refused
from kernel.policystore import actions as policies
from kernel.policystore.models import PolicyVersion
from kernel.work.approvals import approve
from riskpool.claims.indicators.gathering import gather
from riskpool.pools import actions as pools
from riskpool.pools import breakers, exposures, watched
from riskpool.pools.models import AdoptedScheme, Pool
from riskpool.pools.versions import scheme_of
from tests.books import BY_SOURCE, LENT, Books, open_books, scheme_version
from tests.ground import laid
from tests.policies.texts import NEW, NEXT, OLD
from tests.two_persons import approved

pytestmark = pytest.mark.django_db
FIRST = dt.date(2026, 12, 1)
TWO_PARTIES = NEXT.replace(", fund_district: '0.60'", "").replace("fund_city: '0.40'", "fund_city: '1'").replace(
    "- {code: fund_district, role: district share}\n", ""
).replace("fund_city: '280000.00', fund_district: '420000.00'", "fund_city: '700000.00'")  # fmt: skip


@laid
def books(cast) -> Books:
    return open_books(cast)


def publish(books: Books, text: str = NEXT):
    bureau = books.cast.district_bureau
    draft = policies.keep_draft(by=bureau.officer, kind="scheme", text=text)
    asked = policies.propose_publication(by=bureau.officer, version_id=draft.pk)
    return approve(by=bureau.approver, approval_id=asked.pk)


def ask(books: Books, version, first: dt.date = FIRST, bearers=None):
    terms = pools.AdoptionTerms(version, first, bearers or BY_SOURCE)
    bureau = books.cast.district_bureau
    return pools.propose_adoption(by=bureau.officer, agreement=books.agreement, terms=terms)


def adopt(books: Books, version, first: dt.date = FIRST, bearers=None) -> AdoptedScheme:
    asked = ask(books, version, first, bearers)
    return approve(by=books.cast.district_bureau.approver, approval_id=asked.pk)


def agreed(books: Books, version, first: dt.date):
    """Two persons' approval of an adoption, without an executor behind it."""
    return approved(
        books.cast, "pools.adopt_scheme", agreement=str(books.agreement.pk), version=str(version.pk), first=first.isoformat()
    )  # fmt: skip


def stands(books: Books, version, first: dt.date) -> None:
    AdoptedScheme.objects.create(
        agreement=books.agreement,
        version=version,
        validity=(first, None),
        approval=agreed(books, version, first),
    )


def followed(books: Books) -> list[tuple[str, str, str]]:
    rows = AdoptedScheme.objects.filter(agreement=books.agreement, superseded_at=None).order_by("validity")
    return [(row.version.version, str(row.validity.lower), str(row.validity.upper)) for row in rows]


def problems_of(books: Books, version, *args, **kwargs) -> set[str]:
    with pytest.raises(Refused) as refused:
        ask(books, version, *args, **kwargs)
    return {problem.code for problem in refused.value.problems}


def test_the_earlier_version_ends_the_day_before_and_both_facts_stay(books):
    adopt(books, publish(books))
    assert followed(books) == [(OLD, "2025-01-01", "2026-12-01"), (NEW, "2026-12-01", "None")]
    assert AdoptedScheme.objects.filter(agreement=books.agreement).count() == 3, (
        "the first one is kept, superseded"
    )


def test_a_version_with_other_parties_brings_its_own_bearers_and_leaves_those_of_enrolled_loans(books):
    enrolled = books.enrol(books.lend(500_000_00))[0]
    version = publish(books, TWO_PARTIES)
    assert problems_of(books, version) == {"bearer"}, (
        "who stood behind the district's share is no party any more"
    )
    adopt(books, version, bearers={"fund": {"passes": True}, "fund_city": {"pool": True}})
    old, new = (exposures.bearers(books.agreement, scheme_of(pk)) for pk in (enrolled.scheme_id, version.pk))
    assert (old["fund_city"].kind, new["fund_city"].kind) == ("source", "pool")
    assert "fund_district" not in new


def test_every_fault_is_told_at_once(books):
    version = publish(books)
    outside = dt.date(2024, 1, 1)
    assert problems_of(books, version, outside, {"fund": {"passes": True}}) == {
        "not_in_force",
        "bearer",
        "outside",
    }
    draft = policies.keep_draft(
        by=books.cast.district_bureau.officer, kind="scheme", text=NEXT.replace("@2026", "@2027")
    )
    assert problems_of(books, draft) == {"draft"}
    foreign = scheme_version("sba-7a")
    assert "currency" in problems_of(books, foreign, bearers={"sba": {"pool": True}})


def test_a_day_on_which_loans_have_entered_is_refused_when_asked_and_again_when_signed(books):
    version = publish(books)
    day = FIRST + dt.timedelta(days=4)
    books.enrol(books.lend(100_000_00, disbursed_on=day, signed_on=day), on=day)
    assert problems_of(books, version) == {"loans_entered"}
    assert problems_of(books, version, day) == {"loans_entered"}, "the same day is the same version"
    asked = ask(books, version, day + dt.timedelta(days=1))
    late = day + dt.timedelta(days=2)
    books.enrol(books.lend(100_000_00, disbursed_on=late, signed_on=late), on=late)
    with pytest.raises(Refused, match="同一天放的贷款须按同一方案"):
        approve(by=books.cast.district_bureau.approver, approval_id=asked.pk)
    assert [name for name, _, _ in followed(books)] == [OLD]


def test_what_is_adopted_later_is_taken_up_by_what_is_adopted_from_an_earlier_day(books):
    version = publish(books)
    adopt(books, version, dt.date(2027, 6, 1))
    assert problems_of(books, version, dt.date(2027, 7, 1)) == {"same"}
    adopt(books, version, FIRST)
    assert followed(books) == [(OLD, "2025-01-01", "2026-12-01"), (NEW, "2026-12-01", "None")]


def test_a_version_adopted_once_keeps_its_bearers(books):
    """Enrolled loans point at the version: who stands behind its parties must not change under them."""
    version = publish(books)
    adopt(books, version, FIRST)
    other = BY_SOURCE | {"fund_city": {"pool": True}}
    assert problems_of(books, version, dt.date(2028, 1, 1), other) == {"other_bearers", "same"}


def test_an_agreement_that_was_changed_after_the_asking_is_refused(books):
    version = publish(books)
    asked = ask(books, version, dt.date(2027, 1, 1))
    command = dict(asked.command)
    with (
        connection.cursor() as cursor
    ):  # what it followed moves: as if another adoption had been signed meanwhile
        cursor.execute("UPDATE pools_adoptedscheme SET superseded_at = now()")
    stands(books, scheme_version(OLD), dt.date(2025, 6, 1))
    with pytest.raises(Refused, match="提请之后"):
        approve(by=books.cast.district_bureau.approver, approval_id=asked.pk)
    assert asked.command == command


def test_a_version_ends_with_its_own_text_and_a_loan_lent_later_finds_no_scheme(books):
    text = NEXT.replace("supersedes", "valid_to: '2026-12-31'\nsupersedes")
    adopt(books, publish(books, text))
    assert followed(books)[-1] == (NEW, "2026-12-01", "2027-01-01")


def test_another_bureau_and_a_bank_find_no_agreement_to_change(books, cast):
    version = publish(books)
    terms = pools.AdoptionTerms(version, FIRST, BY_SOURCE)
    for by in (cast.city_bureau.officer, cast.bank_a.maker):
        with pytest.raises(Pool.DoesNotExist):
            pools.propose_adoption(by=by, agreement=books.agreement, terms=terms)
    with pytest.raises(Refused, match="权限"):
        pools.propose_adoption(by=cast.district_bureau.approver, agreement=books.agreement, terms=terms)


def test_an_agreement_is_not_signed_on_a_version_that_is_not_in_force_on_its_first_day(books, cast):
    terms = pools.AgreementTerms(
        number="乙方", bank=cast.bank_b.organisation, signed_on=LENT, valid_from=dt.date(2025, 5, 31), valid_to=None,
        scheme=scheme_version("henan-kejidai@2025"), bearers={"reserve": {"pool": True}},
        exposure_limit_fen=1_000_000_00, basis="约定",
    )  # fmt: skip
    with pytest.raises(Refused, match="在 2025-05-31 未施行"):
        pools.propose_agreement(by=cast.district_bureau.officer, pool=books.pool, terms=terms)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pools_adoptedscheme SET validity = '[2020-01-01,)'",
        "UPDATE pools_adoptedscheme SET bearers = '{}'",
        "UPDATE pools_adoptedscheme SET superseded_at = NULL WHERE superseded_at IS NOT NULL",
        "DELETE FROM pools_adoptedscheme",
    ],
)
def test_raw_sql_rewrites_no_adoption(books, statement):
    adopt(books, publish(books))
    before = list(AdoptedScheme.objects.order_by("pk").values())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(AdoptedScheme.objects.order_by("pk").values()) == before


def test_the_database_refuses_two_versions_on_a_day(books):
    adopt(books, publish(books))
    with (
        pytest.raises(IntegrityError, match="an_agreement_follows_one_scheme_on_a_day"),
        transaction.atomic(),
    ):
        stands(books, scheme_version(OLD), FIRST)


def test_the_database_refuses_an_adoption_that_two_persons_did_not_agree_like_this(books):
    version, old = publish(books), scheme_version(OLD)
    asked = ask(books, version)
    AdoptedScheme.objects.update(superseded_at=timezone.now())
    for approval, of, first in (
        (None, version, FIRST),
        (asked, version, FIRST),  # nobody has decided
        (agreed(books, version, FIRST), old, FIRST),
        (agreed(books, version, FIRST), version, FIRST - dt.timedelta(days=1)),
        (approved(books.cast, "pools.set_limit"), version, FIRST),
    ):
        with pytest.raises(IntegrityError, match="协议采用的方案须经两人约定"), transaction.atomic():
            AdoptedScheme.objects.create(
                agreement=books.agreement, version=of, validity=(first, None), approval=approval
            )
    stands(books, version, FIRST)


def test_the_stop_loss_lines_of_a_version_end_with_the_days_on_which_it_is_followed(cast):
    bearers = {"fund": {"passes": True}, "province": {"source": "city"}, "city": {"source": "district"}}
    books = open_books(cast, "hubei-knowledge-value@2025", bearers)
    scheme_version(OLD)
    before = timezone.now()
    adopt(books, publish(books))

    def standing(on: dt.date) -> set[str]:
        return {line.version.version for line in breakers.lines_of(books.pool, on)}

    assert standing(FIRST - dt.timedelta(days=1)) == {"hubei-knowledge-value@2025"}
    assert standing(FIRST) == set(), "nobody follows it any more, and no loan in the pool keeps it"

    def in_the_report(on: dt.date, known_at: dt.datetime | None = None) -> set[str]:
        viewer = cast.district_bureau.officer
        facts = gather(viewer=viewer, pool_id=books.pool.pk, on=on, known_at=known_at)
        return {stop.key.split("/")[1] for stop in facts.stops}

    assert in_the_report(FIRST) == set()
    assert in_the_report(FIRST, before) == {"hubei-knowledge-value@2025"}, (
        "as it was known before the adoption"
    )


def test_the_rows_behind_a_schemes_rate_open_although_a_draft_of_its_name_was_given_up(books):
    bureau = books.cast.district_bureau
    policies.keep_draft(by=bureau.officer, kind="scheme", text=NEXT.replace("（2026年）", "（2026年稿）"))
    publish(books)  # the corrected text takes the place of the first draft, which stays as a withdrawn one
    found = watched.measure(bureau.officer, books.pool.pk, "scheme.npl_rate", NEW, FIRST, None)
    assert (found.whose, found.rows) == ("重庆市知识价值信用贷款（2026年）", [])
    other = NEXT.replace(NEW, "chongqing-knowledge-value@2028").replace("2026-12-01", "2028-12-01")
    policies.keep_draft(by=bureau.officer, kind="scheme", text=other)
    with pytest.raises(PolicyVersion.DoesNotExist):  # a draft has no loans, and its title is its house's own
        watched.measure(
            bureau.officer, books.pool.pk, "scheme.npl_rate", "chongqing-knowledge-value@2028", FIRST, None
        )
