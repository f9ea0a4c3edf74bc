"""Pools, their sources of money, agreements with banks, enrolled loans, and limits.

What is agreed between parties stands here as dated rows (contribution weights, multiples, limits); what is published
stands in policy files. A limit is a row whose use can never pass its ceiling, by CHECK; it is changed only under its
row lock. Lock order of the whole house: approval, pool, agreement, limits by id, loan, enrolment, claim, ledger
accounts by id (docs/decisions/0006-one-lock-order.md).
"""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from finance.loans.models import Loan
from finance.parties.models import Account, Organisation
from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.policystore.models import PolicyVersion
from kernel.protection import append_only, approved_by_two, moves_only
from riskpool.ledger.models import LedgerAccount
from riskpool.pools.monitoring import BreakerState, StatedFact

__all__ = ["BreakerState", "StatedFact"]  # tables of this room that have a file of their own


class Pool(models.Model):
    """A risk-compensation pool and the rules of procedure it works by."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    region = models.CharField(max_length=6)
    opened_on = models.DateField()
    procedure = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name


class PoolSeat(models.Model):
    """Which organisation sits at a pool, and as what. Seats open the pool's rows to the organisation."""

    class Seat(models.TextChoices):
        BUREAU = "bureau", _("主管财政部门")
        CONTRIBUTOR = "contributor", _("出资方")
        MANAGER = "manager", _("资金管理机构")
        AUDITOR = "auditor", _("审计机构")

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="seats")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="pool_seats")
    seat = models.CharField(max_length=12, choices=Seat)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pool", "organisation", "seat"], name="a_seat_at_a_pool_is_given_once"
            ),
            models.UniqueConstraint(
                fields=["pool"], condition=Q(seat="bureau"), name="a_pool_answers_to_one_bureau"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.get_seat_display()}"


class PoolSource(models.Model):
    """A source of the pool's money with its accounts; `weight` is its part of the contributions, in listed order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="sources")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    weight = models.PositiveIntegerField()
    cash = models.OneToOneField(LedgerAccount, on_delete=models.PROTECT, related_name="+")
    free = models.OneToOneField(LedgerAccount, on_delete=models.PROTECT, related_name="+")
    reserved = models.OneToOneField(LedgerAccount, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["pool", "code"], name="a_source_stands_once_in_a_pool"),
            models.UniqueConstraint(fields=["pool", "place"], name="the_sources_of_a_pool_are_in_order"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="a_source_has_a_weight"),
        ]

    def __str__(self) -> str:
        return self.name


class Agreement(models.Model):
    """Cooperation of one bank with one pool.

    `bearers` says who stands behind each party of the scheme: {"fund": {"pool": true}, "fund_city": {"source": "city"},
    "guarantor": {"organisation": "CODE"}, "guarantor": {"loan": "guarantor"}}; the scheme's lender is the bank.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=60, unique=True)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="agreements")
    bank = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="agreements")
    signed_on = models.DateField()
    validity = DateRangeField()
    bearers = models.JSONField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="a_bank_has_one_agreement_with_a_pool_on_a_day",
                expressions=[
                    ("pool", RangeOperators.EQUAL),
                    ("bank", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return self.number


# The version asked for, from the day asked for; what the agreement followed before, up to that day; a new agreement's first.
OF_THIS_ADOPTION = """
    CASE a.kind
        WHEN 'pools.adopt_scheme' THEN
            a.command->>'agreement' = NEW.agreement_id::text AND CASE
                WHEN lower(NEW.validity) >= (a.command->>'first')::date THEN a.command->>'version' = NEW.version_id::text
                ELSE upper(NEW.validity) = (a.command->>'first')::date AND EXISTS (
                    SELECT 1 FROM public.pools_adoptedscheme followed
                    WHERE followed.agreement_id = NEW.agreement_id AND followed.version_id = NEW.version_id
                )
            END
        WHEN 'pools.sign_agreement' THEN
            a.command->>'scheme' = NEW.version_id::text
            AND a.command->>'number' = (SELECT number FROM public.pools_agreement WHERE id = NEW.agreement_id)
        ELSE false END
"""


class AdoptedScheme(models.Model):
    """The scheme version that an agreement follows for loans lent within `validity`.

    `bearers` says who stands behind its parties, as in `Agreement`; None: as the agreement itself says. When another
    version is adopted, this row is superseded and one that ends the day before stands beside it.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="adopted_schemes")
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    validity = DateRangeField()
    approval = models.ForeignKey("work.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    bearers = models.JSONField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="an_agreement_follows_one_scheme_on_a_day",
                expressions=[("agreement", RangeOperators.EQUAL), ("validity", RangeOperators.OVERLAPS)],
                condition=Q(superseded_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(validity__isempty=False), name="an_adoption_has_at_least_a_day"
            ),
        ]
        triggers = [
            *append_only(but=("superseded_at",)),
            approved_by_two(
                name="an_adoption_was_agreed_by_two_persons",
                told="协议采用的方案须经两人约定，且与约定的一致",
                of=OF_THIS_ADOPTION,
            ),
            pgtrigger.Trigger(
                name="a_superseded_adoption_stays_superseded",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__superseded_at__isnull=False),
                func="RAISE EXCEPTION '已被取代的约定不得再改' USING ERRCODE = 'integrity_constraint_violation';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.version_id}"


class LimitScope(models.TextChoices):
    """What a limit bounds: whose, and whether exposure (the covered balance in the pool) or compensation."""

    POOL_EXPOSURE = "pool_exposure", _("资金池放大倍数上限")
    BANK_EXPOSURE = "bank_exposure", _("合作协议在池余额上限")
    BORROWER_EXPOSURE = "borrower_exposure", _("单户在池余额上限")
    LOAN_EXPOSURE = "loan_exposure", _("单笔在池余额上限")
    JOINT_EXPOSURE = "joint_exposure", _("合并在池余额上限")
    POOL_YEAR_PAYOUT = "pool_year_payout", _("资金池年度补偿上限")
    BANK_YEAR_PAYOUT = "bank_year_payout", _("银行年度补偿上限")
    BORROWER_YEAR_PAYOUT = "borrower_year_payout", _("单户年度补偿上限")
    LOAN_PAYOUT = "loan_payout", _("单笔补偿上限")
    JOINT_YEAR_PAYOUT = "joint_year_payout", _("合并年度补偿上限")


_EXPOSURES = [scope for scope in LimitScope.values if scope.endswith("_exposure")]
_YEARLY = [scope for scope in LimitScope.values if scope.endswith("_year_payout")]
_OF_BANK, _OF_POOL = ["bank_exposure", "bank_year_payout"], ["pool_exposure", "pool_year_payout"]
_OF_BORROWER = ["borrower_exposure", "borrower_year_payout"]
_OF_LOAN, _JOINT = ["loan_exposure", "loan_payout"], ["joint_exposure", "joint_year_payout"]


class LimitGroup(models.Model):
    """Several agreements, or several sources that pay, bound together by one limit. Its members never change."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="limit_groups")
    name = models.CharField(max_length=60)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "name"], name="a_group_of_a_pool_has_its_own_name")
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return self.name


class LimitGroupMember(models.Model):
    """One agreement or one source in a group."""

    group = models.ForeignKey(LimitGroup, on_delete=models.PROTECT, related_name="members")
    agreement = models.ForeignKey(Agreement, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(PoolSource, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(agreement__isnull=True, source__isnull=False)
                | Q(agreement__isnull=False, source__isnull=True),
                name="a_member_is_an_agreement_or_a_source",
            ),
            models.UniqueConstraint(
                fields=["group", "agreement", "source"], nulls_distinct=False,
                name="a_member_stands_once_in_its_group",
            ),
        ]  # fmt: skip
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.agreement or self.source)


# A ceiling of its own, or the one with which an agreement begins.
OF_THIS_CEILING = """
    a.command->>'pool' = NEW.pool_id::text AND CASE a.kind
        WHEN 'pools.set_limit' THEN
            a.command->>'scope' = NEW.scope AND (a.command->>'ceiling_fen')::numeric = NEW.amount * 100
            AND (a.command->>'agreement') IS NOT DISTINCT FROM NEW.agreement_id::text
            AND (a.command->>'year')::int IS NOT DISTINCT FROM NEW.year
        WHEN 'pools.sign_agreement' THEN
            NEW.scope = 'bank_exposure' AND (a.command->>'exposure_limit_fen')::numeric = NEW.amount * 100
            AND a.command->>'number' = (SELECT number FROM public.pools_agreement WHERE id = NEW.agreement_id)
        ELSE false END
"""


class Ceiling(models.Model):
    """A ceiling that two persons agreed, in force from a day; a change is a new row, so that past days show theirs.

    Of a borrower's or a loan's scope it is the rule for each of them; of a yearly scope without `year`, for each year.
    Both become `Limit` rows as they are needed.
    """

    id = models.BigAutoField(primary_key=True)
    scope = models.CharField(max_length=20, choices=LimitScope)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="ceilings")
    agreement = models.ForeignKey(Agreement, null=True, on_delete=models.PROTECT, related_name="ceilings")
    group = models.ForeignKey(LimitGroup, null=True, on_delete=models.PROTECT, related_name="ceilings")
    year = models.PositiveSmallIntegerField(null=True)
    amount = YuanField()
    basis = models.CharField(max_length=200)
    in_force_from = models.DateField()
    approval = models.ForeignKey("work.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            *not_negative("amount"),
            *cny_only("amount"),
            models.CheckConstraint(
                condition=~Q(scope__in=_OF_BANK) | Q(agreement__isnull=False),
                name="a_ceiling_of_a_bank_names_its_agreement",
            ),
            models.CheckConstraint(
                condition=~Q(scope__in=_OF_POOL + _JOINT) | Q(agreement__isnull=True),
                name="a_ceiling_of_a_whole_pool_names_no_agreement",
            ),
            models.CheckConstraint(
                condition=Q(scope__in=_JOINT, group__isnull=False)
                | (~Q(scope__in=_JOINT) & Q(group__isnull=True)),
                name="a_joint_ceiling_names_its_group",
            ),
            models.CheckConstraint(
                condition=Q(scope__in=_YEARLY) | Q(year__isnull=True),
                name="only_a_yearly_ceiling_has_a_year",
            ),
        ]
        indexes = [models.Index(fields=["pool", "scope"], name="ceilings_of_a_pool")]
        triggers = [
            *append_only(),
            approved_by_two(
                name="a_ceiling_was_agreed_by_two_persons",
                told="限额须经两人约定，且与约定的一致",
                of=OF_THIS_CEILING,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} {self.amount.amount}"

    @property
    def is_rule_for_each(self) -> bool:
        """Whether it bounds borrowers or loans one by one."""
        return self.scope in _OF_BORROWER + _OF_LOAN

    @property
    def is_yearly(self) -> bool:
        return self.scope in _YEARLY


class Limit(models.Model):
    """How much of a ceiling is used by one concrete subject: a pool, an agreement, a group, a borrower, a loan; of a year.

    Nobody passes the ceiling: a CHECK says so, and the row is locked to change it. The ceiling is the agreed one: a
    trigger refuses any amount but that of the `Ceiling` it names.
    """

    Scope = LimitScope

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scope = models.CharField(max_length=20, choices=LimitScope)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="limits")
    agreement = models.ForeignKey(Agreement, null=True, on_delete=models.PROTECT, related_name="limits")
    group = models.ForeignKey(LimitGroup, null=True, on_delete=models.PROTECT, related_name="limits")
    borrower = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    loan = models.ForeignKey(Loan, null=True, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(null=True)
    ceiling = YuanField()
    used = YuanField(default=0)
    basis = models.CharField(max_length=200)
    agreed = models.ForeignKey(Ceiling, on_delete=models.PROTECT, related_name="limits")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(used__lte=F("ceiling")), name="a_limit_is_never_passed"),
            *not_negative("used", "ceiling"),
            *cny_only("used", "ceiling"),
            models.UniqueConstraint(
                fields=["scope", "pool", "agreement", "group", "borrower", "loan", "year"],
                nulls_distinct=False,
                name="a_limit_stands_once_in_its_scope",
            ),
            models.CheckConstraint(
                condition=Q(scope__in=_OF_BANK, agreement__isnull=False)
                | Q(scope__in=_OF_POOL + _JOINT, agreement__isnull=True)
                | Q(scope__in=_OF_BORROWER + _OF_LOAN),
                name="a_bank_limit_names_its_agreement",
            ),
            models.CheckConstraint(
                condition=Q(scope__in=_YEARLY, year__isnull=False)
                | (~Q(scope__in=_YEARLY) & Q(year__isnull=True)),
                name="a_payout_limit_names_its_year",
            ),
            models.CheckConstraint(
                condition=Q(scope__in=_OF_POOL + _OF_BANK, group=None, borrower=None, loan=None)
                | Q(scope__in=_JOINT, group__isnull=False, borrower=None, loan=None)
                | Q(scope__in=_OF_BORROWER, group=None, borrower__isnull=False, loan=None)
                | Q(scope__in=_OF_LOAN, group=None, borrower=None, loan__isnull=False),
                name="a_limit_names_its_subject",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="a_ceiling_is_the_agreed_one",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM pools_ceiling agreed
                        WHERE agreed.id = NEW.agreed_id AND agreed.amount = NEW.ceiling AND agreed.scope = NEW.scope
                            AND agreed.pool_id = NEW.pool_id AND agreed.agreement_id IS NOT DISTINCT FROM NEW.agreement_id
                            AND agreed.group_id IS NOT DISTINCT FROM NEW.group_id
                            AND (agreed.year IS NULL OR agreed.year = NEW.year)
                    ) THEN
                        RAISE EXCEPTION '限额的上限须与两人约定的一致' USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.get_scope_display()

    @property
    def of_exposure(self) -> bool:
        """Whether it bounds what stands in the pool; otherwise what is paid from it."""
        return self.scope in _EXPOSURES

    @property
    def whose(self) -> str:
        """Whose limit it is, to be read after its scope; nothing for a whole pool's."""
        if self.group_id:
            return self.group.name if self.group else ""
        if self.borrower is not None:
            return self.borrower.name
        if self.loan is not None:
            return self.loan.bank_loan_no
        return self.agreement.bank.short_name if self.agreement else ""

    @property
    def title(self) -> str:
        """The year, the scope and whose it is."""
        scope = str(self.get_scope_display())
        if self.year:
            scope = gettext("%(year)s年%(scope)s") % {"year": self.year, "scope": scope}
        return (
            gettext("%(scope)s（%(whose)s）") % {"scope": scope, "whose": self.whose} if self.whose else scope
        )


# a balance of zero closes, a corrected one opens again; a paid claim ends it
ENROLMENT_MOVES = {"live": ("closed", "claimed"), "closed": ("live",)}


class Enrolment(models.Model):
    """One loan in one pool under an agreement, with the scheme version frozen by the day it was lent.

    `exposure` is the covered outstanding principal, `committed` what the pool's sources would bear if all of it were
    lost; both follow the latest return.
    """

    class State(models.TextChoices):
        LIVE = "live", _("在池")
        CLAIMED = "claimed", _("已补偿")
        CLOSED = "closed", _("已结清")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    loan = models.OneToOneField(Loan, on_delete=models.PROTECT, related_name="enrolment")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="enrolments")
    scheme = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    enrolled_on = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.LIVE)
    exposure = YuanField()
    committed = YuanField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            *not_negative("exposure", "committed"),
            *cny_only("exposure", "committed"),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(exposure=0, committed=0),
                name="a_closed_enrolment_has_no_exposure",
            ),
        ]
        indexes = [models.Index(fields=["agreement", "state"], name="enrolments_of_an_agreement")]
        triggers = [
            moves_only("state", ENROLMENT_MOVES),
            pgtrigger.Trigger(
                name="the_terms_of_an_enrolment_are_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("loan", "agreement", "scheme", "enrolled_on"),
                func="RAISE EXCEPTION '入池时锁定的方案和协议不得改动' USING ERRCODE = 'integrity_constraint_violation';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loan} {self.get_state_display()}"


class EnrolmentRefusal(models.Model):
    """Why a loan did not enter a pool on a day: every reason with its article."""

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="enrolment_refusals")
    agreement = models.ForeignKey(Agreement, null=True, on_delete=models.PROTECT, related_name="refusals")
    on = models.DateField()
    reasons = models.JSONField()
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["loan", "-id"], name="refusals_of_a_loan")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.loan_id} {self.on}"
