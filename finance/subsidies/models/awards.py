"""From the plan over the public list to the money: plans, objections, awards, payments, what comes back. Append-only but for
states that go one way."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Account, Organisation, PayeeAccount
from kernel.documents.models import StoredFile
from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.protection import append_only, approved_by_two, moves_only

from .applications import Application, Calculation
from .calls import SubsidyCall

PLAN_MOVES = {"drawn": ("public", "void"), "public": ("paid", "void")}
# one that succeeded may come back (退票)
PAYMENT_MOVES = {"sent": ("succeeded", "failed"), "succeeded": ("failed",)}

# one after the other, so that two claw-backs at one moment see each other; a row lock would ask for the right to edit
# what is paid of an award is what is left of it, and the payments of a file are no more than its two persons released
PAYS_WHAT_IS_LEFT = """
PERFORM pg_advisory_xact_lock(hashtextextended('subsidies.award ' || NEW.award_id::text, 0));
IF NEW.amount > (SELECT amount FROM public.subsidies_award WHERE id = NEW.award_id)
    - (SELECT coalesce(sum(c.amount), 0) FROM public.subsidies_clawback c WHERE c.award_id = NEW.award_id)
THEN
    RAISE EXCEPTION '付款不得超过核定减去追回的金额' USING ERRCODE = 'integrity_constraint_violation';
END IF;
IF NEW.amount + (SELECT coalesce(sum(p.amount), 0) FROM public.subsidies_awardpayment p WHERE p.file_id = NEW.file_id)
    > (SELECT amount FROM public.subsidies_paymentfile WHERE id = NEW.file_id)
THEN
    RAISE EXCEPTION '付款合计不得超过放行的文件' USING ERRCODE = 'integrity_constraint_violation';
END IF;
RETURN NEW;
"""

OF_THE_BUREAU_THAT_PAYS = """
IF NEW.bureau_id IS DISTINCT FROM (
    SELECT c.bureau_id FROM public.subsidies_awardpayment p
    JOIN public.subsidies_paymentfile f ON f.id = p.file_id JOIN public.subsidies_subsidycall c ON c.id = f.call_id
    WHERE p.id = NEW.payment_id)
THEN
    RAISE EXCEPTION '付款结果须属于付款的部门' USING ERRCODE = 'integrity_constraint_violation';
END IF;
RETURN NEW;
"""

NO_MORE_THAN_WAS_AWARDED = """
PERFORM pg_advisory_xact_lock(hashtextextended('subsidies.award ' || NEW.award_id::text, 0));
IF NEW.amount + (SELECT coalesce(sum(c.amount), 0) FROM public.subsidies_clawback c WHERE c.award_id = NEW.award_id)
    > (SELECT amount FROM public.subsidies_award WHERE id = NEW.award_id)
THEN
    RAISE EXCEPTION '追回合计不得超过核定的补贴' USING ERRCODE = 'integrity_constraint_violation';
END IF;
RETURN NEW;
"""


class Plan(models.Model):
    """拟补贴名单: every reviewed application of a call with what it would be paid once the budget is shared out."""

    class State(models.TextChoices):
        DRAWN = "drawn", _("已拟定")
        PUBLIC = "public", _("公示中")
        PAID = "paid", _("已核定")
        VOID = "void", _("已作废")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    call = models.ForeignKey(SubsidyCall, on_delete=models.PROTECT, related_name="plans")
    seq = models.PositiveSmallIntegerField()
    drawn_on = models.DateField()
    asked = YuanField()  # sum before the budget
    total = YuanField()  # sum after
    left = YuanField(null=True)  # of the pool before this plan; None: no pool laid down
    rule = models.CharField(max_length=40, blank=True)  # how a shortage was shared
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.DRAWN)
    approval = models.OneToOneField("work.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    published_on = models.DateField(null=True)
    objections_until = models.DateField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "seq"], name="the_plans_of_a_call_are_numbered"),
            models.UniqueConstraint(
                fields=["call"],
                condition=Q(state__in=["drawn", "public"]),
                name="a_call_has_one_plan_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["drawn", "void"])
                | Q(approval__isnull=False, published_on__isnull=False, objections_until__isnull=False),
                name="a_public_list_was_published_by_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(left__isnull=True) | Q(total__lte=F("left")), name="a_plan_stays_within_the_pool"
            ),
            *cny_only("asked", "total", "left"),
            *not_negative("asked", "total", "left"),
        ]
        triggers = [
            *append_only(but=("state", "approval", "published_on", "objections_until")),
            moves_only("state", PLAN_MOVES),
            approved_by_two(
                name="a_list_is_published_as_it_was_approved",
                told="公示须由本部门两人分别提出和签批，并与签批的名单一致",
                of="""
                    a.kind = 'subsidies.publish' AND a.command->>'plan' = NEW.id::text
                    AND a.command->>'sha256' = NEW.sha256
                    AND a.wall = (SELECT c.bureau_id FROM public.subsidies_subsidycall c WHERE c.id = NEW.call_id)
                """,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__state="public"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} 第{self.seq}次"


class PlanLine(models.Model):
    """One line of one application in a plan: calculated, after limits, after the budget; to whom and out of which purse."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="lines")
    seq = models.PositiveIntegerField()
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="plan_lines")
    calculation = models.ForeignKey(Calculation, on_delete=models.PROTECT, related_name="+")
    line = models.CharField(max_length=80)
    payee = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    asked = YuanField()
    amount = YuanField()
    purses = models.JSONField(default=list)  # [[level, fen]]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "seq"], name="the_lines_of_a_plan_are_numbered"),
            models.UniqueConstraint(
                fields=["plan", "application", "line"], name="a_line_of_an_application_is_planned_once"
            ),
            models.CheckConstraint(
                condition=Q(amount__lte=F("asked")), name="the_budget_never_adds_to_a_line"
            ),
            *cny_only("asked", "amount"),
            *not_negative("asked", "amount"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.plan_id}/{self.seq}"


class Objection(models.Model):
    """What somebody said against a public list, and about which application if he named one."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="objections")
    application = models.ForeignKey(
        Application, null=True, on_delete=models.PROTECT, related_name="objections"
    )
    said_by = models.CharField(max_length=60)
    text = models.CharField(max_length=500)
    received_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.plan_id} {self.received_on}"


class ObjectionOutcome(models.Model):
    """How an objection was answered: upheld, which takes the application off the list, or not."""

    objection = models.OneToOneField(Objection, on_delete=models.PROTECT, related_name="outcome")
    upheld = models.BooleanField()
    text = models.CharField(max_length=500)
    decided_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return "成立" if self.upheld else "不成立"


class Award(models.Model):
    """What two persons of the bureau granted a payee for a line of an application."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    plan_line = models.OneToOneField(PlanLine, on_delete=models.PROTECT, related_name="award")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="awards")
    line = models.CharField(max_length=80)
    payee = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="subsidy_awards")
    amount = YuanField()
    awarded_on = models.DateField()
    approval = models.ForeignKey("work.Approval", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "line"], name="a_line_is_awarded_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="an_award_is_more_than_nothing"),
            *cny_only("amount"),
        ]
        indexes = [models.Index(fields=["payee", "-awarded_on"], name="awards_of_a_payee")]
        triggers = [
            *append_only(),
            approved_by_two(
                name="a_subsidy_was_approved_by_two_persons",
                told="补贴须由本部门两人分别提出和签批，并与公示的名单一致",
                of="""
                    a.kind = 'subsidies.award'
                    AND EXISTS (
                        SELECT 1 FROM public.subsidies_planline l JOIN public.subsidies_plan p ON p.id = l.plan_id
                        JOIN public.subsidies_subsidycall c ON c.id = p.call_id
                        WHERE l.id = NEW.plan_line_id AND a.command->>'plan' = p.id::text
                          AND a.command->>'sha256' = p.sha256 AND a.wall = c.bureau_id
                          AND l.amount = NEW.amount AND l.payee_id = NEW.payee_id
                          AND l.application_id = NEW.application_id AND l.line = NEW.line
                    )
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.line}"


class PaymentFile(models.Model):
    """One file of payments, released by two persons and handed to the paying bank."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    call = models.ForeignKey(SubsidyCall, on_delete=models.PROTECT, related_name="payment_files")
    released_on = models.DateField()
    count = models.PositiveIntegerField()
    amount = YuanField()
    sha256 = models.CharField(max_length=64)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, count__gt=0), name="a_payment_file_pays_something"
            ),
            *cny_only("amount"),
        ]
        triggers = [
            *append_only(),
            approved_by_two(
                name="a_payment_file_was_released_by_two_persons",
                told="付款文件须由两人分别提出和签批，并与签批的明细一致",
                of="""
                    a.kind = 'subsidies.pay' AND a.command->>'sha256' = NEW.sha256
                    AND a.command->>'call' = NEW.call_id::text AND (a.command->>'fen')::numeric = NEW.amount * 100
                    AND a.wall = (SELECT c.bureau_id FROM public.subsidies_subsidycall c WHERE c.id = NEW.call_id)
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number


class AwardPayment(models.Model):
    """One try to pay an award on one account; a failed one is followed by another."""

    class State(models.TextChoices):
        SENT = "sent", _("已送银行")
        SUCCEEDED = "succeeded", _("已到账")
        FAILED = "failed", _("付款失败")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="payments")
    file = models.ForeignKey(PaymentFile, on_delete=models.PROTECT, related_name="payments")
    seq = models.PositiveIntegerField()
    account = models.ForeignKey(PayeeAccount, on_delete=models.PROTECT, related_name="+")
    amount = YuanField()
    state = models.CharField(max_length=10, choices=State, default=State.SENT)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "seq"], name="the_payments_of_a_file_are_numbered"),
            models.UniqueConstraint(
                fields=["award"],
                condition=~Q(state="failed"),
                name="an_award_is_paid_once",
            ),
            *cny_only("amount"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_payment_of_a_subsidy_is_money"),
        ]
        triggers = [
            *append_only(but=("state",)),
            moves_only("state", PAYMENT_MOVES),
            pgtrigger.Trigger(
                name="a_payment_pays_what_is_left_of_an_award",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=PAYS_WHAT_IS_LEFT,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.seq}"


class PaymentResult(models.Model):
    """What the bank answered of a payment, with its reference, its day and its reason when it failed."""

    payment = models.ForeignKey(AwardPayment, on_delete=models.PROTECT, related_name="results")
    bureau = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")  # whose bank it is
    succeeded = models.BooleanField()
    day = models.DateField()
    reference = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(succeeded=True) | ~Q(reason=""), name="a_failed_payment_has_its_reason"
            ),
            models.UniqueConstraint(
                fields=["bureau", "reference"],
                condition=Q(succeeded=True) & ~Q(reference=""),
                name="a_number_of_the_bank_names_one_payment",
            ),
        ]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="a_result_is_of_the_bureau_that_pays",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=OF_THE_BUREAU_THAT_PAYS,
            ),
        ]

    def __str__(self) -> str:
        return "成功" if self.succeeded else self.reason


class ClawBack(models.Model):
    """What a payee has to give back of an award, why, and until when it is kept from applying."""

    class Ground(models.TextChoices):
        EARLY_REPAYMENT = "early", _("提前还款，按实际使用重新核算")
        CONDITION_FAILED = "condition", _("条件不再具备")
        UNTRUE = "untrue", _("材料不实")
        OVERPAID = "overpaid", _("多付")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="claw_backs")
    ground = models.CharField(max_length=10, choices=Ground)
    text = models.CharField(max_length=500)
    amount = YuanField()
    interest = YuanField(default=0)
    interest_words = models.CharField(max_length=200, blank=True)  # how it was worked out
    excluded_until = models.DateField(null=True)
    decided_on = models.DateField()
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            *cny_only("amount", "interest"),
            *not_negative("amount", "interest"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_claw_back_asks_for_money"),
        ]
        triggers = [
            *append_only(),
            approved_by_two(
                name="a_claw_back_was_approved_by_two_persons",
                told="追回须由本部门两人分别提出和签批，并与签批内容一致",
                of="""
                    a.kind = 'subsidies.claw_back' AND a.command->>'award' = NEW.award_id::text
                    AND (a.command->>'fen')::numeric = NEW.amount * 100
                    AND coalesce((a.command->>'interest')::numeric, 0) = NEW.interest * 100
                """,
            ),
            pgtrigger.Trigger(
                name="no_more_is_taken_back_than_was_awarded",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=NO_MORE_THAN_WAS_AWARDED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.award_id} {self.get_ground_display()}"


class ClawBackReceipt(models.Model):
    """Money that came back to the treasury for a claw-back."""

    claw_back = models.ForeignKey(ClawBack, on_delete=models.PROTECT, related_name="receipts")
    amount = YuanField()
    day = models.DateField()
    reference = models.CharField(max_length=80)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            *cny_only("amount"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_receipt_is_money"),
            models.UniqueConstraint(fields=["claw_back", "reference"], name="a_receipt_is_recorded_once"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.claw_back_id} {self.day}"
