"""Loans, their terms and their monthly returns.

A loan is an identity (bank and its own number). Its terms and its returns are append-only rows with the day they are
about and the moment they were recorded; a correction is a new row with the next `seq`. The loan's pointers name the
row in force now and are moved only by this room's actions.
"""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Account, Organisation
from finance.pledges.models import PledgeRegistration
from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.protection import append_only


class Loan(models.Model):
    """A loan's identity, with pointers to the terms and the return that count now."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bank = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="loans_made")
    bank_loan_no = models.CharField(max_length=60)
    filed_on = (
        models.DateField()
    )  # the business day on which the bank filed it: from then on its months are reported
    borrower = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="loans_taken")
    terms = models.OneToOneField("LoanTerms", null=True, on_delete=models.PROTECT, related_name="+")
    latest_return = models.OneToOneField("LoanReturn", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bank", "bank_loan_no"], name="a_bank_uses_a_loan_number_once"),
        ]
        indexes = [models.Index(fields=["borrower"], name="loans_of_a_borrower")]

    def __str__(self) -> str:
        return self.bank_loan_no

    @property
    def borrower_name(self) -> str:
        """The borrower as this loan's own bank names it in the terms in force.

        Another bank's spelling is that bank's row; the organisation's recorded name is one of them, and stands in only where
        the terms have no statement.
        """
        stated = self.terms.stated.get("borrower_name") if self.terms else None
        return stated or self.borrower.name


class LoanTerms(models.Model):
    """What the bank states of a loan: parties, days, amount, rate, pledge; a change is the next `seq`."""

    class Repayment(models.TextChoices):
        BULLET = "bullet", _("利随本清")
        MONTHLY_INTEREST = "monthly_interest", _("按月付息到期还本")
        QUARTERLY_INTEREST = "quarterly_interest", _("按季付息到期还本")
        EQUAL_INSTALMENT = "equal_instalment", _("等额本息")
        EQUAL_PRINCIPAL = "equal_principal", _("等额本金")

    class Security(models.TextChoices):
        PLEDGE = "pledge", _("质押")
        PLEDGE_AND_GUARANTEE = "pledge_guarantee", _("质押+保证")
        PLEDGE_AND_MORTGAGE = "pledge_mortgage", _("质押+抵押")
        PLEDGE_AND_INSURANCE = "pledge_insurance", _("质押+保险")

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="terms_history")
    seq = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    contract_no = models.CharField(max_length=80)
    signed_on = models.DateField()
    disbursed_on = models.DateField()
    due_on = models.DateField()
    principal = YuanField()
    annual_rate_percent = models.DecimalField(max_digits=9, decimal_places=6)
    repayment = models.CharField(max_length=20, choices=Repayment)
    day_count_basis = models.PositiveSmallIntegerField(choices=[(360, "360"), (365, "365")])
    ip_share_percent = models.DecimalField(max_digits=9, decimal_places=6)
    evaluation_free = models.BooleanField()
    security = models.CharField(max_length=20, choices=Security)
    guarantor = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="loans_guaranteed"
    )
    guarantor_name = models.CharField(max_length=120, blank=True)
    purpose = models.CharField(max_length=60)
    first_loan = models.BooleanField()
    district = models.CharField(max_length=40)
    pledge = models.ForeignKey(
        PledgeRegistration, null=True, on_delete=models.PROTECT, related_name="loan_terms"
    )
    stated = models.JSONField(default=dict)  # the bank's own words: `finance.loans.rules.StatedLoan.plain`
    digest = models.CharField(max_length=64)
    filing = models.UUIDField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["loan", "seq"], name="the_terms_of_a_loan_are_numbered"),
            models.CheckConstraint(
                condition=Q(due_on__gt=F("disbursed_on")), name="a_loan_is_due_after_it_is_lent"
            ),
            models.CheckConstraint(condition=Q(principal__gt=0), name="a_loan_has_a_principal"),
            models.CheckConstraint(
                condition=Q(ip_share_percent__gt=0, ip_share_percent__lte=100), name="the_ip_share_is_a_share"
            ),
            models.CheckConstraint(condition=Q(annual_rate_percent__gte=0), name="a_rate_is_not_negative"),
            *cny_only("principal"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.contract_no} 第{self.seq}版"


class LoanReturn(models.Model):
    """What the bank reports of a loan as of the end of one month (`period` is that month's first day)."""

    class Grade(models.TextChoices):
        NORMAL = "normal", _("正常")
        SPECIAL_MENTION = "special_mention", _("关注")
        SUBSTANDARD = "substandard", _("次级")
        DOUBTFUL = "doubtful", _("可疑")
        LOSS = "loss", _("损失")

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="returns")
    period = models.DateField()
    seq = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    balance = YuanField()
    overdue_since = models.DateField(null=True)
    settled_on = models.DateField(
        null=True
    )  # on which day a balance of nothing was reached, if the bank says so
    interest_paid = YuanField()
    grade = models.CharField(max_length=20, choices=Grade)
    note = models.CharField(max_length=200, blank=True)
    reported_on = models.DateField()
    digest = models.CharField(max_length=64)
    filing = models.UUIDField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "period", "seq"], name="the_returns_of_a_month_are_numbered"
            ),
            models.CheckConstraint(condition=Q(period__day=1), name="a_period_is_named_by_its_first_day"),
            models.CheckConstraint(
                condition=Q(settled_on__isnull=True) | Q(balance=0),
                name="only_a_loan_without_balance_is_settled",
            ),
            *not_negative("balance", "interest_paid"),
            *cny_only("balance", "interest_paid"),
        ]
        indexes = [models.Index(fields=["period"], name="returns_of_a_month")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.loan_id} {self.period:%Y-%m}"
