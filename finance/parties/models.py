"""Organisations, natural persons, their accounts and roles, and facts about enterprises.

An account belongs to a person; two accounts of one person are still one person when two are asked for. What somebody
may see and do hangs on a membership: account, organisation, role. The membership is the `viewer` of every query and
the `by` of every action.
"""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractYear, Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.protection import append_only


class Organisation(models.Model):
    """A legal person that works in the product or is written of in it; walls stand between organisations."""

    class Kind(models.TextChoices):
        BANK = "bank", _("银行")
        GUARANTOR = "guarantor", _("担保机构")
        INSURER = "insurer", _("保险机构")
        APPRAISER = "appraiser", _("评估机构")
        ENTERPRISE = "enterprise", _("企业")
        FINANCE_BUREAU = "finance_bureau", _("财政部门")
        IP_BUREAU = "ip_bureau", _("知识产权部门")
        FUND_MANAGER = "fund_manager", _("资金管理机构")
        AUDITOR = "auditor", _("审计机构")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=40)
    kind = models.CharField(max_length=20, choices=Kind)
    credit_code = models.CharField(max_length=18, blank=True)
    region = models.CharField(max_length=6, blank=True)
    district = models.CharField(max_length=40, blank=True)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code"],
                condition=~Q(credit_code=""),
                name="a_credit_code_names_one_organisation",
            )
        ]
        indexes = [models.Index(fields=["kind", "region"], name="organisations_of_a_region")]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """A natural person; no identity number is kept here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.name


class AccountManager(UserManager["Account"]):
    """Makes accounts of a named person; a command-line account gets a person of its own."""

    def _create_user(self, username: str, email: str | None, password: str | None, **fields: Any) -> Account:
        fields.setdefault("person", None)
        if fields["person"] is None:
            fields["person"] = Person.objects.create(name=username)
        return super()._create_user(username, email, password, **fields)  # type: ignore[misc]


class Account(AbstractUser):
    """Log-in of one person."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="accounts")

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        constraints = [
            # what the composite foreign keys of approvals point to: maker and person go together
            models.UniqueConstraint(fields=["id", "person"], name="an_account_belongs_to_one_person")
        ]

    def __str__(self) -> str:
        return self.person.name


class Membership(models.Model):
    """One account in one role of one organisation, from a moment until it is ended."""

    class Role(models.TextChoices):
        MAKER = "maker", _("经办")
        CHECKER = "checker", _("复核")
        OFFICER = "officer", _("经办")
        APPROVER = "approver", _("签批")
        OWNER = "owner", _("企业负责人")
        CLERK = "clerk", _("窗口受理")
        AUDITOR = "auditor", _("审计")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    since = models.DateTimeField(db_default=Now())
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "organisation", "role"],
                condition=Q(until__isnull=True),
                name="a_role_is_held_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="a_role_does_not_end_before_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.organisation.short_name} {self.get_role_display()}"

    @property
    def seat(self) -> str:
        """Kind of organisation and role, as the permission table writes it: `bank.maker`."""
        return f"{self.organisation.kind}.{self.role}"


class EnterpriseFact(models.Model):
    """One statement about an enterprise: what, about which day, from where. A correction is a new fact."""

    enterprise = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="facts")
    name = models.CharField(max_length=60)
    value = models.CharField(max_length=200)
    about = models.DateField()
    source = models.CharField(max_length=120)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["enterprise", "name", "-about", "-id"], name="facts_of_an_enterprise")
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


class EnterpriseFigures(models.Model):
    """An enterprise's staff, revenue and assets of one year, as stated; a correction is a new row.

    The industry is a code of the size standard. Whoever asks for a size class says which year's figures he means.
    """

    class Evidence(models.TextChoices):
        STATED = "stated", _("企业自报，未核")
        SEEN = "seen", _("已核原件")

    enterprise = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="figures")
    year = models.PositiveSmallIntegerField()
    industry = models.CharField(max_length=40)
    staff = models.PositiveIntegerField(null=True)
    revenue = YuanField(null=True)
    assets = YuanField(null=True)
    source = models.CharField(max_length=120)
    evidence = models.CharField(max_length=10, choices=Evidence)
    known_on = models.DateField()  # the business day on which it was stated here
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(staff__isnull=False) | Q(revenue__isnull=False) | Q(assets__isnull=False),
                name="figures_of_a_year_hold_at_least_one",
            ),
            models.CheckConstraint(
                condition=Q(year__lte=ExtractYear("known_on")), name="figures_are_not_of_a_year_to_come"
            ),
            *cny_only("revenue", "assets"),
            *not_negative("revenue", "assets"),
        ]
        indexes = [models.Index(fields=["enterprise", "-year", "-id"], name="figures_of_an_enterprise")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.enterprise} {self.year}年"


class CreditFact(models.Model):
    """A penalty, a listing or another mark on an enterprise's credit, recorded by a bureau; withdrawn by a further row.

    It counts from `decided_on` to `expires_on`, both included, or until the day of the row that withdraws it. The kinds are
    those of `policies/credit/kinds.yaml`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    enterprise = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="credit_facts")
    kind = models.CharField(max_length=40)
    source = models.CharField(max_length=120)
    document_no = models.CharField(max_length=80)
    decided_on = models.DateField()
    expires_on = models.DateField(null=True)
    withdraws = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="withdrawal")
    reason = models.CharField(max_length=200, blank=True)
    house = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    known_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("decided_on")),
                name="a_credit_fact_does_not_expire_before_it_is_decided",
            ),
            models.CheckConstraint(
                condition=Q(known_on__gte=F("decided_on")), name="a_credit_fact_is_known_after_it_is_decided"
            ),
            models.CheckConstraint(
                condition=Q(withdraws__isnull=True) | (Q(expires_on__isnull=True) & ~Q(reason="")),
                name="a_withdrawal_has_a_reason_and_no_end",
            ),
        ]
        indexes = [models.Index(fields=["enterprise", "-decided_on"], name="credit_of_an_enterprise")]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="what_is_withdrawn_is_ones_own_earlier_fact",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.withdraws_id IS NOT NULL"),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM public.parties_creditfact f
                        WHERE f.id = NEW.withdraws_id AND f.withdraws_id IS NULL AND f.kind = NEW.kind
                            AND f.enterprise_id = NEW.enterprise_id AND f.house_id = NEW.house_id
                            AND f.decided_on <= NEW.decided_on
                    ) THEN
                        RAISE EXCEPTION '所撤销的信用记录不成立' USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.kind} {self.document_no}"


class PayeeAccount(models.Model):
    """Bank account that an organisation is paid on. A change is a new row, made by two persons."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="payee_accounts")
    holder = models.CharField(max_length=120)
    bank_name = models.CharField(max_length=120)
    number = models.CharField(max_length=40)
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["organisation", "-recorded_at"], name="payee_accounts_of_a_payee")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.holder} {self.masked}"

    @property
    def masked(self) -> str:
        """The number with all but its last four digits covered."""
        return gettext("尾号%(last)s") % {"last": self.number[-4:]}
