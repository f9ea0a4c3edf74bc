"""Group credit: a bank's facility for the users of one regional mark, its members' limits, draws and what came back.

Acts, draws and releases are added and never edited. The totals that limits are held against (total, drawn, a member's limit
and use, what of a draw is back) are moved by the database alone, with each such row; CHECKs hold that nothing is drawn over
a member's limit or the facility's total, whoever draws at one moment.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Account, Organisation
from finance.pledges.models import RegistrationFile
from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.protection import append_only, approved_by_two, totals_move_only_by_entries
from valuation.scores.models import LineQuote

NOTHING = Decimal(0)
ONLY_BY_ACTS = "集体授信的额度与用款只随登记变动"


def _by() -> Any:
    return models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")


class Facility(models.Model):
    """One bank's credit for the users of one mark: as opened by two persons; closed by two, or its days are over.

    The mark and its register of users stand in a registration file of the bank; who may draw is read there, day by day.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bank = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="facilities")
    file = models.ForeignKey(RegistrationFile, on_delete=models.PROTECT, related_name="facilities")
    right_number = models.CharField(max_length=40)
    mark = models.CharField(max_length=120)
    purpose = models.CharField(max_length=300)
    first_day = models.DateField()
    last_day = models.DateField()
    opened_on = models.DateField()
    total = YuanField(default=NOTHING)
    drawn = YuanField(default=NOTHING)
    closed_on = models.DateField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            *cny_only("total", "drawn"),
            *not_negative("total", "drawn"),
            models.CheckConstraint(
                condition=Q(drawn__lte=F("total")), name="a_facility_is_never_drawn_over_its_total"
            ),
            models.CheckConstraint(
                condition=Q(last_day__gt=F("first_day")), name="a_facility_ends_after_it_begins"
            ),
        ]
        indexes = [models.Index(fields=["bank", "-opened_on"], name="facilities_of_a_bank")]
        triggers = totals_move_only_by_entries(
            totals=("total", "drawn"),
            fixed=("bank", "file", "right_number", "mark", "purpose", "first_day", "last_day", "opened_on", "closed_on"),
            told=ONLY_BY_ACTS,
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.mark} {self.first_day} 至 {self.last_day}"


class FacilityAct(models.Model):
    """A facility opened, raised or closed, each by two persons of the bank; `total` is the total after it."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("开立")
        RAISED = "raised", _("调增")
        CLOSED = "closed", _("关闭")

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=10, choices=Kind)
    total = YuanField()
    reason = models.CharField(max_length=300, blank=True)
    on = models.DateField()
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            *cny_only("total"),
            *not_negative("total"),
            models.UniqueConstraint(
                fields=["facility"], condition=Q(kind="opened"), name="a_facility_is_opened_once"
            ),
            models.UniqueConstraint(
                fields=["facility"], condition=Q(kind="closed"), name="a_facility_is_closed_once"
            ),
        ]
        triggers = [
            *append_only(),
            approved_by_two(
                name="an_act_on_a_facility_was_approved_by_two",
                told="集体授信的开立、调增、关闭须由本行两人分别提出和复核，并与复核内容一致",
                of="""
                    a.kind = CASE NEW.kind WHEN 'opened' THEN 'facilities.open' WHEN 'raised' THEN 'facilities.raise'
                        ELSE 'facilities.close' END
                    AND a.command->>'facility' = NEW.facility_id::text
                    AND (a.command->>'total_fen')::numeric = NEW.total * 100
                    AND a.wall = (SELECT f.bank_id FROM public.facilities_facility f WHERE f.id = NEW.facility_id)
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.total}"


class FacilityMember(models.Model):
    """One user of the mark in a facility: how much it may draw and has drawn, and whether it may at all."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待授予")
        ACTIVE = "active", _("可用款")
        SUSPENDED = "suspended", _("已暂停")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="members")
    enterprise = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="facility_seats")
    name = models.CharField(max_length=120)  # as the register of users writes it
    limit = YuanField(default=NOTHING)
    drawn = YuanField(default=NOTHING)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = _by()

    class Meta:
        constraints = [
            *cny_only("limit", "drawn"),
            *not_negative("limit", "drawn"),
            models.CheckConstraint(
                condition=Q(drawn__lte=F("limit")), name="a_member_never_draws_over_its_limit"
            ),
            models.UniqueConstraint(
                fields=["facility", "enterprise"], name="an_enterprise_is_once_a_member_of_a_facility"
            ),
        ]
        triggers = totals_move_only_by_entries(
            totals=("limit", "drawn"), fixed=("facility", "enterprise", "name", "state"), told=ONLY_BY_ACTS
        )

    def __str__(self) -> str:
        return self.name


class MemberAct(models.Model):
    """A member granted a limit (by two persons; also anew after a suspension), or suspended.

    `line` is what the card's line gave, from `quote`; a limit above it, or without one, has the bank's reason.
    """

    class Kind(models.TextChoices):
        GRANTED = "granted", _("授予额度")
        SUSPENDED = "suspended", _("暂停")

    member = models.ForeignKey(FacilityMember, on_delete=models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=10, choices=Kind)
    limit = YuanField(null=True)
    line = YuanField(null=True)
    quote = models.ForeignKey(LineQuote, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    on = models.DateField()
    approval = models.OneToOneField("work.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = _by()

    class Meta:
        constraints = [
            *cny_only("limit", "line"),
            *not_negative("limit", "line"),
            models.CheckConstraint(
                condition=~Q(kind="granted")
                | Q(limit__isnull=False, approval__isnull=False)
                & (Q(line__isnull=False, limit__lte=F("line")) | ~Q(reason="")),
                name="a_limit_is_within_the_line_or_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(kind="suspended") | (Q(limit__isnull=True) & ~Q(reason="")),
                name="a_suspension_has_a_reason",
            ),
        ]
        triggers = [
            *append_only(),
            approved_by_two(
                name="a_members_limit_was_approved_by_two_persons",
                told="成员额度须由本行两人分别提出和复核，并与复核内容一致",
                of="""
                    a.kind = 'facilities.grant' AND a.command->>'member' = NEW.member_id::text
                    AND (a.command->>'limit_fen')::numeric = NEW."limit" * 100
                    AND a.wall = (
                        SELECT f.bank_id FROM public.facilities_facility f
                        JOIN public.facilities_facilitymember m ON m.facility_id = f.id WHERE m.id = NEW.member_id
                    )
                """,
                required=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.limit or ''}"


class Draw(models.Model):
    """Money lent to a member under the facility, as the bank's loan of this number; `released` is what of it is back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="draws")
    member = models.ForeignKey(FacilityMember, on_delete=models.PROTECT, related_name="draws")
    bank = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    loan_no = models.CharField(max_length=60)
    amount = YuanField()
    on = models.DateField()
    released = YuanField(default=NOTHING)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = _by()

    class Meta:
        constraints = [
            *cny_only("amount", "released"),
            *not_negative("released"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_draw_is_of_a_positive_amount"),
            models.CheckConstraint(
                condition=Q(released__lte=F("amount")), name="no_more_comes_back_than_was_drawn"
            ),
            models.UniqueConstraint(fields=["bank", "loan_no"], name="a_loan_is_drawn_once"),
        ]
        indexes = [models.Index(fields=["member", "-on"], name="draws_of_a_member")]
        triggers = [
            *totals_move_only_by_entries(
                totals=("released",),
                fixed=("facility", "member", "bank", "loan_no", "amount", "on"),
                told=ONLY_BY_ACTS,
            ),
            pgtrigger.Trigger(
                name="a_draw_is_by_an_active_member",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    PERFORM 1 FROM public.facilities_facility f
                      JOIN public.facilities_facilitymember m ON m.facility_id = f.id
                     WHERE f.id = NEW.facility_id AND m.id = NEW.member_id AND m.state = 'active' AND f.closed_on IS NULL
                       AND f.bank_id = NEW.bank_id AND NEW."on" BETWEEN f.first_day AND f.last_day;
                    IF NOT FOUND THEN
                        RAISE EXCEPTION '用款须属于可用款的成员，在授信期内，且授信未关闭'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.loan_no


class Release(models.Model):
    """What of a draw came back: its member and the facility have so much more room again."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="releases")
    amount = YuanField()
    on = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = _by()

    class Meta:
        constraints = [
            *cny_only("amount"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_release_is_of_a_positive_amount"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.draw_id} {self.amount}"
