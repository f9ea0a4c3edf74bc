"""Accounts, journals and transfers. This room knows no loan, no claim and no pool.

A transfer moves one positive amount from one account (credited) to another (debited); a journal is a set of transfers
under one key, so it cannot be unbalanced. Nothing is edited: a mistake is reversed by a new journal, once. Accounts
carry running totals that only the database itself moves, together with a transfer (migration 0002), and a bound that a
CHECK holds.
"""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kernel.acts.models import CurrentTransaction
from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.protection import append_only, approved_by_two

_REFUSED = "USING ERRCODE = 'integrity_constraint_violation'"


# inside the SECURITY DEFINER trigger of migration 0003 the current user is the tables' owner; anywhere else it is not
_ONLY_BY_THE_TRANSFERS_TRIGGER = """
    IF pg_trigger_depth() < 2
        OR current_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
    THEN
        RAISE EXCEPTION '账户累计额只能随分录变动' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
"""


# What the pool has is bound on its debit side in the custody book: cash, and what banks owe. A credit takes of it. That the
# approval holds was looked at when its journal was written; neither changes afterwards. What it takes, from which account
# and by which kind of journal, is what the approved command says (`ledger.rules.leaves`).
_WHAT_LEAVES_WAS_APPROVED_ONCE = """
    FOR paying IN
        SELECT j.id, j.kind, j.part, j.approval_id FROM (SELECT DISTINCT journal_id FROM new_transfers) t,
            LATERAL (SELECT * FROM public.ledger_journal WHERE id = t.journal_id LIMIT 1) j
    LOOP
        SELECT jsonb_object_agg(by_account.credit_id, by_account.fen) INTO taken FROM (
            SELECT o.credit_id, sum(o.amount * 100)::bigint AS fen FROM public.ledger_transfer o
            JOIN public.ledger_ledgeraccount c ON c.id = o.credit_id AND c.book = 'custody' AND c.bound = 'debit'
            WHERE o.journal_id = paying.id GROUP BY o.credit_id
        ) by_account;
        CONTINUE WHEN taken IS NULL;
        IF paying.approval_id IS NULL THEN
            RAISE EXCEPTION '减少存款或应收的凭证须有两人复核' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF EXISTS (
            SELECT 1 FROM public.ledger_journal other
            JOIN public.ledger_transfer o ON o.journal_id = other.id
            JOIN public.ledger_ledgeraccount c ON c.id = o.credit_id AND c.book = 'custody' AND c.bound = 'debit'
            WHERE other.approval_id = paying.approval_id AND other.part = paying.part AND other.id <> paying.id
        ) THEN
            RAISE EXCEPTION '一件复核只能支付一次' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        SELECT a.command->'leaves'->paying.kind->paying.part INTO named
            FROM public.work_approval a WHERE a.id = paying.approval_id;
        IF taken IS DISTINCT FROM named THEN
            RAISE EXCEPTION '凭证与复核的指令不符' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    RETURN NULL;
"""


class LedgerAccount(models.Model):
    """An account of one book with its running totals (yuan) and the side on which it may not fall below zero."""

    class Book(models.TextChoices):
        CUSTODY = "custody", _("托管账")
        BURDEN = "burden", _("分担账")

    class Bound(models.TextChoices):
        DEBIT = "debit", _("借方余额不得为负")
        CREDIT = "credit", _("贷方余额不得为负")
        NONE = "none", _("不限")

    code = models.CharField(max_length=160, unique=True)
    title = models.CharField(max_length=160)
    book = models.CharField(max_length=10, choices=Book)
    bound = models.CharField(max_length=10, choices=Bound)
    debits = YuanField(default=0)
    credits = YuanField(default=0)
    touched = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(bound="debit") | Q(debits__gte=F("credits")),
                name="an_account_of_cash_is_never_overdrawn",
            ),
            models.CheckConstraint(
                condition=~Q(bound="credit") | Q(credits__gte=F("debits")),
                name="an_account_of_reserved_or_free_money_is_never_overdrawn",
            ),
            *not_negative("debits", "credits"),
            *cny_only("debits", "credits"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="an_account_opens_empty",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__debits__gt=0) | pgtrigger.Q(new__credits__gt=0),
                func=f"RAISE EXCEPTION '新开账户必须为零' {_REFUSED};",
            ),
            pgtrigger.Trigger(
                name="totals_move_only_with_a_transfer",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "debits", "debits_currency", "credits", "credits_currency", "code", "book", "bound"
                ),
                func=_ONLY_BY_THE_TRANSFERS_TRIGGER,
            ),
            pgtrigger.Trigger(
                name="an_account_is_never_deleted",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=f"RAISE EXCEPTION '账户不得删除' {_REFUSED};",
            ),
            pgtrigger.Trigger(
                name="the_accounts_are_never_emptied",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func=f"RAISE EXCEPTION '账户表不得清空' {_REFUSED};",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Journal(models.Model):
    """Transfers posted together under one key; the same key is posted once.

    `part` says which part of what one approval pays this is, where two persons approve several payments together; an
    approval pays each part once.
    """

    class Kind(models.TextChoices):
        CONTRIBUTION = "contribution", _("出资到账")
        INTEREST = "interest", _("专户结息")
        CLAIM_RESERVED = "claim_reserved", _("受理预留")
        CLAIM_RELEASED = "claim_released", _("解除预留")
        CLAIM_PAID = "claim_paid", _("补偿支付")
        CLAIM_ESCROWED = "claim_escrowed", _("划入保证金")
        CLAIM_SETTLED = "claim_settled", _("清算退回")
        CLAIM_BORNE = "claim_borne", _("损失分担")
        CLAIM_OWED = "claim_owed", _("确认应收")
        OWED_ARRIVED = "owed_arrived", _("应收到账")
        RECOVERY_RECEIVED = "recovery_received", _("追偿返还")
        RECOVERY_SHARED = "recovery_shared", _("追偿分配")
        WITHDRAWAL = "withdrawal", _("出资方收回")
        ACCOUNT_FEE = "account_fee", _("专户费用")
        PAYMENT_FAILED = "payment_failed", _("付款失败退回")
        REVERSAL = "reversal", _("冲正")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    day = models.DateField()
    memo = models.CharField(max_length=200)
    content_sha256 = models.CharField(max_length=64)
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    approval = models.ForeignKey("work.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=40, blank=True, default="")
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    posted_at = models.DateTimeField(db_default=Now())
    transaction = models.BigIntegerField(db_default=CurrentTransaction())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind__in=["claim_paid", "claim_escrowed", "claim_owed", "owed_arrived"])
                | Q(approval__isnull=False),
                name="a_payout_stands_on_an_approval",
            ),
            models.UniqueConstraint(
                fields=["approval", "part"], condition=Q(kind="claim_paid"), name="an_approval_pays_once"
            ),
            models.CheckConstraint(
                condition=~Q(kind="withdrawal") | Q(approval__isnull=False),
                name="a_withdrawal_stands_on_an_approval",
            ),
            models.UniqueConstraint(
                fields=["approval"], condition=Q(kind="withdrawal"), name="an_approval_withdraws_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="reversal", reverses__isnull=False)
                | (~Q(kind="reversal") & Q(reverses__isnull=True)),
                name="a_reversal_names_what_it_reverses",
            ),
        ]
        indexes = [
            models.Index(fields=["day"], name="journals_of_a_day"),
            models.Index(fields=["approval", "part"], name="journals_of_an_approval"),
        ]
        triggers = [*append_only(), approved_by_two(required=False)]

    def __str__(self) -> str:
        return f"{self.key} {self.memo}"


class Transfer(models.Model):
    """One positive amount (yuan) from the account credited to the account debited."""

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="transfers")
    seq = models.PositiveSmallIntegerField()
    debit = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="debited_by")
    credit = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="credited_by")
    amount = YuanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["journal", "seq"], name="the_transfers_of_a_journal_are_numbered"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_transfer_moves_a_positive_amount"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="a_transfer_has_two_accounts"),
            *cny_only("amount"),
        ]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="what_leaves_was_approved_once",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_transfers"),
                declare=[("paying", "record"), ("taken", "jsonb"), ("named", "jsonb")],
                func=_WHAT_LEAVES_WAS_APPROVED_ONCE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.journal_id}/{self.seq} {self.amount.amount}"


class StatedBalance(models.Model):
    """What the custodian bank says an account holds at the end of a day; a fact, never an adjustment."""

    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="stated_balances")
    day = models.DateField()
    amount = YuanField()
    source = models.CharField(max_length=120)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [*cny_only("amount"), *not_negative("amount")]
        indexes = [models.Index(fields=["account", "-day", "-id"], name="stated_balances_of_an_account")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.day} {self.amount.amount}"
