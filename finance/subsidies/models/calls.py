"""A call for applications under a published policy, opened by the bureau that decides and pays."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Account, Organisation
from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only
from kernel.policystore.models import PolicyVersion
from kernel.protection import append_only, moves_only

# open -> closed (no more applications) -> decided (every award paid or refused) ; a call without applications is given up
CALL_MOVES = {"open": ("closed", "cancelled"), "closed": ("open", "decided", "cancelled")}


class SubsidyCall(models.Model):
    """What may be applied for, when, out of which pool, and how it is decided. Its terms stand as they were opened."""

    class State(models.TextChoices):
        OPEN = "open", _("受理中")
        CLOSED = "closed", _("已截止")
        DECIDED = "decided", _("已办结")
        CANCELLED = "cancelled", _("已取消")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="subsidy_calls")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    opens_on = models.DateField()
    closes_on = models.DateField()
    settled_from = models.DateField(null=True)
    settled_to = models.DateField(null=True)
    unasked = models.BooleanField(
        default=False
    )  # 免申即享: the list is built from returns, the owner confirms
    pool = YuanField(null=True)  # None: the amount is not laid down
    public_days = models.PositiveSmallIntegerField()  # working days of the public list
    cure_days = models.PositiveSmallIntegerField()  # working days to mend what is missing
    offices = models.JSONField(default=list)  # whose word is asked: names of the other offices
    basis = models.JSONField(default=dict)  # where the day limits come from, with the mark of evidence
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    opened_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            *cny_only("pool"),
            models.CheckConstraint(
                condition=Q(pool__isnull=True) | Q(pool__gt=0), name="a_pool_of_a_call_is_money"
            ),
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")), name="a_call_does_not_close_before_it_opens"
            ),
            models.CheckConstraint(
                condition=Q(settled_from__isnull=True)
                | Q(settled_to__isnull=True)
                | Q(settled_to__gte=F("settled_from")),
                name="the_days_of_settlement_have_an_order",
            ),
        ]
        indexes = [models.Index(fields=["bureau", "-opens_on"], name="calls_of_a_bureau")]
        triggers = [*append_only(but=("state",)), moves_only("state", CALL_MOVES)]

    def __str__(self) -> str:
        return self.title
