"""Builders for the risk pool's tests: a pool with money, an agreement, loans that are enrolled and go bad.

Everything goes through the product's own actions, by the cast; loans alone are written as rows, since how a bank files
them is the intake's test.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from finance.loans.models import Loan, LoanReturn, LoanTerms
from finance.parties.actions import propose_payee_account
from finance.parties.models import Organisation
from finance.pledges.models import PledgeRegistration
from kernel.days import BUSINESS_ZONE
from kernel.money.fields import money_of
from kernel.policystore.actions import Checked, settle_spans, ship
from kernel.policystore.models import PolicyVersion
from kernel.strict_yaml import read_file
from kernel.work.approvals import approve
from riskpool.claims import actions as claims
from riskpool.claims.models import Claim
from riskpool.policies.keepers import checked_scheme, read_rules_of_procedure
from riskpool.pools import actions as pools
from riskpool.pools import enrolling
from riskpool.pools.models import Agreement, Enrolment, Pool
from riskpool.schemes.building import scheme_of
from riskpool.schemes.loading import finder, resolved
from tests.cast import Cast

LENT = dt.date(2026, 3, 2)
OVERDUE = dt.date(2026, 7, 1)
TODAY = dt.date(2026, 11, 20)
PAPERS = [
    claims.EvidenceFile(kind, f"{kind}.pdf", "application/pdf", b"%PDF-1.7 paper")
    for kind in ("contract", "pledge", "overdue", "grade")
]
BY_SOURCE = {
    "fund": {"passes": True},
    "fund_city": {"source": "city"},
    "fund_district": {"source": "district"},
}
_numbers = itertools.count(1)


def version(kind: str, path: Path, name: str) -> PolicyVersion:
    """A shipped version as `load_policies` stores it, alone and in force."""
    checked = _checked(kind, path)
    if ship(kind=kind, text=path.read_text(encoding="utf-8"), checked=checked):
        settle_spans(kind=kind, family=checked.family)
    return PolicyVersion.objects.get(kind=kind, version=name)


@cache
def _checked(kind: str, path: Path) -> Checked:
    if kind == "procedure":
        return read_rules_of_procedure(path.read_text(encoding="utf-8"))
    return checked_scheme(scheme_of(resolved(read_file(path), finder([path.parent]))))


def scheme_version(name: str) -> PolicyVersion:
    return version("scheme", settings.POLICIES_DIR / "schemes" / f"{name}.yaml", name)


def procedure_version(name: str = "cq-yuzhong-ip@2026") -> PolicyVersion:
    return version("procedure", settings.POLICIES_DIR / "procedures" / f"{name}.yaml", name)


@dataclass
class Books:
    """A pool of the district bureau with a city and a district source (4:6) and an agreement with bank A."""

    cast: Cast
    pool: Pool
    agreement: Agreement

    def source(self, code: str) -> Any:
        return self.pool.sources.select_related("cash", "free", "reserved").get(code=code)

    def pay_in(self, code: str, fen: int, day: dt.date = LENT) -> None:
        bureau = self.cast.district_bureau
        asked = pools.propose_contribution(
            by=bureau.officer,
            source=self.source(code),
            fen=fen,
            day=day,
            reference=f"HD{next(_numbers)}",
            on=TODAY,
        )
        approve(by=bureau.approver, approval_id=asked.pk)

    def set_limit(
        self, scope: str, fen: int, *, of_bank: bool = False, year: int | None = None, **more: Any
    ) -> None:
        bureau = self.cast.district_bureau
        terms = pools.LimitTerms(scope, fen, "测试约定", self.agreement if of_bank else None, year, **more)
        approve(
            by=bureau.approver,
            approval_id=pools.propose_limit(by=bureau.officer, pool=self.pool, terms=terms).pk,
        )

    def with_bank_b(self, exposure_limit: int = 1_000_000_000_00) -> Agreement:
        """An agreement of bank B with the same pool, on the terms of bank A's."""
        terms = pools.AgreementTerms(
            number=f"渝中合作〔2025〕{next(_numbers)}号", bank=self.cast.bank_b.organisation,
            signed_on=dt.date(2025, 1, 1), valid_from=dt.date(2025, 1, 1), valid_to=None,
            scheme=self.agreement.adopted_schemes.get().version, bearers=self.agreement.bearers,
            exposure_limit_fen=exposure_limit, basis="合作协议第三条",
        )  # fmt: skip
        bureau = self.cast.district_bureau
        asked = pools.propose_agreement(by=bureau.officer, pool=self.pool, terms=terms)
        return approve(by=bureau.approver, approval_id=asked.pk)

    def state(self, name: str, value: str, *, by: str = "bureau", about: dt.date = TODAY, **of: Any) -> Any:
        """A fact stated by two persons of the bureau, or of bank A."""
        maker, checker = (
            (self.cast.district_bureau.officer, self.cast.district_bureau.approver)
            if by == "bureau"
            else (self.cast.bank_a.maker, self.cast.bank_a.checker)
        )
        terms = pools.FactTerms(name, value, about, "年度审计报告第7页", "SEEN", **of)
        asked = pools.propose_fact(by=maker, pool=self.pool, terms=terms, on=TODAY)
        return approve(by=checker, approval_id=asked.pk)

    def lend(self, fen: int = 500_000_00, **terms: Any) -> Loan:
        return lend(self.cast.bank_a.organisation, self.cast.enterprise_a.organisation, fen, **terms)

    def enrol(self, *loans: Loan, on: dt.date = LENT) -> list[Enrolment]:
        enrolled, refused = enrolling.enrol_loans(by=None, loans=loans, on=on)
        assert not refused, [refusal.reasons for refusal in refused]
        return enrolled

    def bad_loan(self, fen: int = 500_000_00, balance: int | None = None, **terms: Any) -> Enrolment:
        loan = self.lend(fen, **terms)
        (enrolment,) = self.enrol(loan)
        go_bad(loan, fen if balance is None else balance)
        return Enrolment.objects.get(pk=enrolment.pk)

    def file(self, enrolment: Enrolment, fen: int, **parts: int) -> Claim:
        return claims.file_claim(
            by=self.cast.bank_a.maker, enrolment_id=enrolment.pk, loss={"principal": fen, **parts},
            evidence=PAPERS, on=TODAY, at=timezone.now(),
        )  # fmt: skip

    def accept(self, claim: Claim) -> Claim:
        return claims.accept(by=self.cast.district_bureau.officer, claim_id=claim.pk, on=TODAY)

    def pay(self, claim: Claim, on: dt.date = TODAY) -> Any:
        """Carry out the first calculation of an accepted claim: pay it, or set it aside where its scheme does that."""
        bureau = self.cast.district_bureau
        asked = claims.propose_payment(by=bureau.officer, claim_id=claim.pk, on=on)
        return self.sign(asked, on)

    def sign(self, asked: Any, on: dt.date = TODAY) -> Any:
        """The second person of the bureau approves on a day."""
        return approve(by=self.cast.district_bureau.approver, approval_id=asked.pk, at=noon(on))

    def refuse(self, claim: Claim, reason: str = "质物已先行处置") -> Any:
        """Two persons refuse a claim for which money is held."""
        officer = self.cast.district_bureau.officer
        return self.sign(claims.propose_refusal(by=officer, claim_id=claim.pk, reason=reason, on=TODAY))

    def take_back(self, claim: Claim, on: dt.date = TODAY, reason: str = "贷款资料复核有误") -> Any:
        """Two persons take an acceptance back into review."""
        officer = self.cast.district_bureau.officer
        asked = claims.propose_taking_back(by=officer, claim_id=claim.pk, reason=reason, on=on)
        return self.sign(asked, on)

    def settle(self, claim: Claim, stage: str, principal: int, on: dt.date = TODAY, **more: Any) -> Any:
        """Two persons settle a claim anew on the running total of its recognised principal."""
        reasons = {"principal": "核减"}
        asked = claims.propose_settlement(
            by=self.cast.district_bureau.officer, claim_id=claim.pk, stage=stage,
            recognised={"principal": principal}, reasons=reasons, on=on, **more,
        )  # fmt: skip
        return self.sign(asked, on)

    def settle_year(self, year: Any, on: dt.date, **more: str) -> Any:
        """Two persons settle a bank's year."""
        officer = self.cast.district_bureau.officer
        return self.sign(claims.propose_year(by=officer, year_id=year.pk, on=on, **more), on)

    def claw_back(self, claim: Claim, fen: int, interest: int = 0) -> Any:
        asked = claims.propose_clawback(
            by=self.cast.district_bureau.officer, claim_id=claim.pk, amount_fen=fen, interest_fen=interest,
            reason="贷款资料不实", article="合作协议第九条", on=TODAY,
        )  # fmt: skip
        return self.sign(asked)

    def arrive(self, claim: Claim, seq: int, fen: int, reference: str = "", on: dt.date = TODAY) -> Any:
        """Money of a receivable arrives."""
        asked = claims.propose_arrival(
            by=self.cast.district_bureau.officer, claim_id=claim.pk, seq=seq, amount_fen=fen, received_on=on,
            reference=reference or f"TH{next(_numbers)}", on=on,
        )  # fmt: skip
        return self.sign(asked, on)

    def recover(self, claim: Claim, gross: int, costs: int = 0, day: dt.date = TODAY) -> Any:
        bureau = self.cast.district_bureau
        asked = claims.propose_recovery(
            by=bureau.officer,
            claim_id=claim.pk,
            gross_fen=gross,
            costs_fen=costs,
            received_on=day,
            on=TODAY,
            note="处置质物",
        )
        return approve(by=bureau.approver, approval_id=asked.pk)


def noon(day: dt.date) -> dt.datetime:
    """The moment at which something is signed on a day."""
    return dt.datetime.combine(day, dt.time(12), tzinfo=BUSINESS_ZONE)


def open_books(
    cast: Cast,
    scheme: str = "chongqing-knowledge-value@2017",
    bearers: dict[str, Any] | None = None,
    exposure_limit: int = 1_000_000_000_00,
    starts: dt.date = dt.date(2025, 1, 1),
) -> Books:
    bureau = cast.district_bureau
    pool = pools.found_pool(
        by=bureau.officer, code=f"P{next(_numbers)}", name="渝中区知识产权风险补偿资金池", region="500103",
        opened_on=dt.date(2025, 1, 1), procedure=procedure_version(),
    )  # fmt: skip
    for code, name, office, weight in (
        ("city", "市级资金", cast.city_bureau, 4),
        ("district", "区级资金", bureau, 6),
    ):
        pools.add_source(
            by=bureau.officer,
            pool=pool,
            code=code,
            name=name,
            organisation=office.organisation,
            weight=weight,
        )
    terms = pools.AgreementTerms(
        number=f"渝中合作〔2025〕{next(_numbers)}号", bank=cast.bank_a.organisation, signed_on=starts,
        valid_from=starts, valid_to=None, scheme=scheme_version(scheme),
        bearers=bearers or BY_SOURCE,
        exposure_limit_fen=exposure_limit, basis="合作协议第三条",
    )  # fmt: skip
    agreement = approve(
        by=bureau.approver, approval_id=pools.propose_agreement(by=bureau.officer, pool=pool, terms=terms).pk
    )
    asked = propose_payee_account(
        by=cast.bank_a.maker,
        holder=cast.bank_a.organisation.name,
        bank_name="甲银行营业部",
        number="6222000011112222",
    )
    approve(by=cast.bank_a.checker, approval_id=asked.pk)
    return Books(cast, pool, agreement)


def lend(bank: Organisation, borrower: Organisation, fen: int, **changed: Any) -> Loan:
    """A loan with its terms as rows; `changed` overrides single terms."""
    number = next(_numbers)
    pledge = PledgeRegistration.objects.create(
        pledgee=bank, pledgor=borrower, number=f"Y2026{number:08d}", registered_on=LENT
    )
    filed_on = changed.get("disbursed_on", LENT)
    loan = Loan.objects.create(bank=bank, borrower=borrower, bank_loan_no=f"T{number:06d}", filed_on=filed_on)
    terms = {
        "contract_no": f"借〔2026〕{number}号", "signed_on": LENT, "disbursed_on": LENT,
        "due_on": LENT + dt.timedelta(days=365), "principal": money_of(fen), "annual_rate_percent": Decimal("3.85"),
        "repayment": "bullet", "day_count_basis": 360, "ip_share_percent": Decimal(100), "evaluation_free": True,
        "security": "pledge", "purpose": "研发", "first_loan": False, "district": "渝中区", "pledge": pledge,
        "digest": f"{number:064d}",
    }  # fmt: skip
    loan.terms = LoanTerms.objects.create(loan=loan, seq=1, **(terms | changed))
    loan.save(update_fields=["terms"])
    return loan


def go_bad(loan: Loan, balance_fen: int, overdue_since: dt.date | None = OVERDUE) -> LoanReturn:
    """A return that reports the balance and since when it is overdue."""
    seq = loan.returns.count() + 1
    latest = LoanReturn.objects.create(
        loan=loan, period=dt.date(2026, 10, 1), seq=seq, balance=money_of(balance_fen), overdue_since=overdue_since,
        interest_paid=money_of(0), grade="substandard", reported_on=dt.date(2026, 11, 3), digest=f"{seq:064d}",
    )  # fmt: skip
    loan.latest_return = latest
    loan.save(update_fields=["latest_return"])
    return latest
