"""What watches over a pool: facts that only a person can state, and on which day each stop-loss line was met or lifted.

Both are append-only; a correction is a new row. Read with `models.py`, which this file continues.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kernel.identifiers import new_id
from kernel.protection import append_only


class StatedFact(models.Model):
    """A metric's value that only a person can state (revenue, another level's payment), about a day, with its source.

    `pool` is the pool to which it was stated (its wall); it is about the agreement, borrower or loan named, or the pool.
    """

    class Subject(models.TextChoices):
        POOL = "pool", _("资金池")
        AGREEMENT = "agreement", _("合作协议（银行）")
        BORROWER = "borrower", _("借款企业")
        LOAN = "loan", _("贷款")

    class Mark(models.TextChoices):
        SEEN = "SEEN", _("已见原件")
        SEEN_COPY = "SEEN-COPY", _("已见复印件")
        RECALLED = "RECALLED", _("凭记忆，未核")

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80)
    subject = models.CharField(max_length=10, choices=Subject)
    pool = models.ForeignKey("pools.Pool", on_delete=models.PROTECT, related_name="stated_facts")
    agreement = models.ForeignKey(
        "pools.Agreement", null=True, on_delete=models.PROTECT, related_name="stated_facts"
    )
    borrower = models.ForeignKey(
        "parties.Organisation", null=True, on_delete=models.PROTECT, related_name="stated_facts"
    )
    loan = models.ForeignKey("loans.Loan", null=True, on_delete=models.PROTECT, related_name="stated_facts")
    value = models.CharField(max_length=60)
    about = models.DateField()
    source_text = models.CharField(max_length=200)
    mark = models.CharField(max_length=12, choices=Mark)
    stated_by = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(subject="pool", agreement=None, borrower=None, loan=None)
                | Q(subject="agreement", agreement__isnull=False, borrower=None, loan=None)
                | Q(subject="borrower", agreement=None, borrower__isnull=False, loan=None)
                | Q(subject="loan", agreement=None, borrower=None, loan__isnull=False),
                name="a_stated_fact_is_about_one_subject",
            ),
            models.CheckConstraint(condition=~Q(value=""), name="a_stated_fact_has_a_value"),
            models.CheckConstraint(condition=~Q(source_text=""), name="a_stated_fact_names_its_source"),
        ]
        indexes = [models.Index(fields=["pool", "name", "-about"], name="facts_stated_to_a_pool")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


class BreakerState(models.Model):
    """One look at one stop-loss line: its value on a day with the working, and whether it was met (None: not known).

    A line on a bank's metric stands for one agreement, any other for the pool. The state with its dates (met since, lifted
    on) is read from the rows in order.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pool = models.ForeignKey("pools.Pool", on_delete=models.PROTECT, related_name="breaker_states")
    agreement = models.ForeignKey(
        "pools.Agreement", null=True, on_delete=models.PROTECT, related_name="breaker_states"
    )
    scheme = models.ForeignKey("policystore.PolicyVersion", on_delete=models.PROTECT, related_name="+")
    line = models.CharField(max_length=60)
    day = models.DateField()
    value = models.CharField(max_length=60, blank=True)
    met = models.BooleanField(null=True)
    working = models.JSONField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(met__isnull=True, value="") | (Q(met__isnull=False) & ~Q(value="")),
                name="a_line_is_judged_by_a_value",
            )
        ]
        indexes = [models.Index(fields=["pool", "line", "day"], name="looks_at_a_line")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.line} {self.day} {self.met}"
