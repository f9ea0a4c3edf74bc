"""White lists as they were made: every firm that was looked at, what hands changed, what two approved, what was pushed to
whom, what banks answered, and what firms asked for.

All tables are append-only but for a list's state. A list keeps the filter's text and each firm's inputs, so that it is made
again from its rows alone. What a bank answered stands in that bank's rows and is never read for another bank.
"""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.loans.models import Loan
from finance.parties.models import Organisation
from kernel.identifiers import new_id
from kernel.protection import append_only, approved_by_two, moves_only
from valuation.whitelists import rules

HEX64 = r"^[0-9a-f]{64}$"
MOVES = {"draft": {"asked", "dropped"}, "asked": {"approved", "draft"}}
"""The states of a list: only what is a draft is changed; what was put to a second person comes back or is approved."""
_REFUSE = "USING ERRCODE = 'integrity_constraint_violation'"


def _holds(name: str, told: str, that: str) -> pgtrigger.Trigger:
    """A trigger that refuses a new row unless the SQL condition holds."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
            IF NOT ({that}) THEN
                RAISE EXCEPTION '{told}' {_REFUSE};
            END IF;
            RETURN NEW;
        """,
    )


def _only_in_a_draft(name: str) -> pgtrigger.Trigger:
    of_the_list = (
        "SELECT 1 FROM public.whitelists_whitelist w WHERE w.id = NEW.white_list_id AND w.state = 'draft'"
    )
    return _holds(name, "名单已提请复核或已有结论，不得再改", f"EXISTS ({of_the_list})")


def _a_member_of(organisation: str, account: str) -> str:
    return f"""EXISTS (SELECT 1 FROM public.parties_membership m WHERE m.account_id = {account}
        AND m.organisation_id = {organisation} AND m.until IS NULL)"""  # noqa: S608 - this module's own words


_BANK_OF_THE_FIRM = """(
    SELECT p.bank_id FROM public.whitelists_push p JOIN public.whitelists_pushedfirm f ON f.push_id = p.id
    WHERE f.id = NEW.firm_id
)"""
_ITS_LOAN_OR_NONE = """(NEW.loan_id IS NULL OR EXISTS (
    SELECT 1 FROM public.whitelists_pushedfirm f
    JOIN public.whitelists_push p ON p.id = f.push_id
    JOIN public.loans_loan l ON l.bank_id = p.bank_id AND l.borrower_id = f.enterprise_id
    WHERE f.id = NEW.firm_id AND l.id = NEW.loan_id AND l.bank_loan_no = NEW.loan_no
))"""


class WhiteList(models.Model):
    """A list of a house's region by one filter, as of one day.

    `filter_text` and `card_text` are the filter and the card whose facts it speaks of, whole, as they stood: from them and
    its candidates' inputs it is made again.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        ASKED = "asked", _("待复核")
        APPROVED = "approved", _("已定稿")
        DROPPED = "dropped", _("已作废")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    house = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="white_lists")
    filter = models.CharField(max_length=120)
    filter_text = models.JSONField()
    filter_sha256 = models.CharField(max_length=64)
    card_text = models.JSONField()
    card_sha256 = models.CharField(max_length=64)
    region = models.CharField(max_length=6)
    on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(filter_sha256__regex=HEX64) & Q(card_sha256__regex=HEX64),
                name="a_list_names_the_text_of_its_filter",
            )
        ]
        indexes = [models.Index(fields=["house", "-made_at"], name="white_lists_of_a_house")]
        triggers = [
            *append_only(but=("state",)),
            moves_only("state", MOVES),
            _holds("a_list_begins_as_a_draft", "名单须从草稿开始", "NEW.state = 'draft'"),
            pgtrigger.Trigger(
                name="a_list_is_approved_only_by_two",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="asked", new__state="approved"),
                func=f"""
                    IF NOT EXISTS (
                        SELECT 1 FROM public.whitelists_approvedlist a WHERE a.white_list_id = NEW.id
                    ) THEN
                        RAISE EXCEPTION '名单须经两人定稿' {_REFUSE};
                    END IF;
                    RETURN NEW;
                """,  # noqa: S608 - this module's own words
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filter_text['title']} {self.on}"


class Candidate(models.Model):
    """A firm of the region that was looked at: what was known of it, and what the filter says to that."""

    class Answer(models.TextChoices):
        IN = rules.IN, _("符合")
        OVER = rules.OVER, _("符合但超出名额")
        OUT = rules.OUT, _("不符合")
        UNKNOWN = rules.UNKNOWN, _("不知道")
        WISHED = "wished", _("企业要求不列入")

    white_list = models.ForeignKey(WhiteList, on_delete=models.PROTECT, related_name="candidates")
    enterprise = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)  # these three as they were then
    credit_code = models.CharField(max_length=18, blank=True)
    district = models.CharField(max_length=40, blank=True)
    answer = models.CharField(max_length=10, choices=Answer)
    place = models.PositiveIntegerField(null=True)
    near = models.BooleanField()
    given = models.JSONField()
    findings = models.JSONField()
    failed = models.PositiveSmallIntegerField()
    unknown = models.PositiveSmallIntegerField()
    consents = ArrayField(models.UUIDField(), default=list)
    withheld = ArrayField(
        models.CharField(max_length=120), default=list
    )  # known here, not allowed to this house

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["white_list", "enterprise"], name="a_firm_is_looked_at_once_in_a_list"
            ),
            models.CheckConstraint(
                condition=Q(answer="in", place__isnull=False) | ~Q(answer="in") & Q(place__isnull=True),
                name="who_meets_the_filter_has_a_place_and_nobody_else",
            ),
        ]
        triggers = [*append_only(), _only_in_a_draft("firms_are_looked_at_in_a_draft")]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.answer}"


class HandChange(models.Model):
    """A person puts a firm on a draft list or takes it off, for a stated reason; the last word on a firm counts."""

    class Kind(models.TextChoices):
        ADD = "add", _("人工列入")
        REMOVE = "remove", _("人工移出")

    white_list = models.ForeignKey(WhiteList, on_delete=models.PROTECT, related_name="hand_changes")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="hand_changes")
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.CharField(max_length=300)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="a_change_by_hand_has_a_reason")
        ]  # fmt: skip
        triggers = [
            *append_only(),
            _only_in_a_draft("hands_change_a_draft_alone"),
            _holds(
                "what_is_changed_by_hand_is_a_firm_of_the_list",
                "企业不在本名单的候选之中",
                "EXISTS (SELECT 1 FROM public.whitelists_candidate c WHERE c.id = NEW.candidate_id"
                " AND c.white_list_id = NEW.white_list_id AND (c.answer <> 'wished' OR NEW.kind = 'remove'))",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.kind}"


class ApprovedList(models.Model):
    """What two persons approved: the firms in their order with why each stands there, frozen, and until when it is valid."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    white_list = models.OneToOneField(WhiteList, on_delete=models.PROTECT, related_name="approved")
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    approved_on = models.DateField()
    valid_to = models.DateField()
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__gte=models.F("approved_on")), name="a_list_is_valid_on_the_day_of_its_approval"
            ),
            models.CheckConstraint(condition=Q(digest__regex=HEX64), name="an_approved_list_has_its_digest"),
        ]  # fmt: skip
        triggers = [
            *append_only(),
            approved_by_two(
                name="a_list_was_approved_by_two_persons",
                told="名单须由编制单位两人分别提出和复核，并与复核内容一致",
                of="""
                    a.kind = 'whitelists.approve' AND a.command->>'list' = NEW.white_list_id::text
                    AND a.command->>'digest' = NEW.digest
                    AND a.wall = (SELECT w.house_id FROM public.whitelists_whitelist w WHERE w.id = NEW.white_list_id)
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.white_list_id} {self.digest[:12]}"


class Push(models.Model):
    """An approved list given to one bank on a day, once; its firms are `firms`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    approved = models.ForeignKey(ApprovedList, on_delete=models.PROTECT, related_name="pushes")
    bank = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="white_lists_received")
    pushed_on = models.DateField()
    left_out = models.PositiveIntegerField()  # firms that had asked to be taken off, or allow no more
    digest = models.CharField(max_length=64)
    pushed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    pushed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["approved", "bank"], name="a_list_is_pushed_to_a_bank_once"),
            models.CheckConstraint(condition=Q(digest__regex=HEX64), name="a_push_has_its_digest"),
        ]
        indexes = [models.Index(fields=["bank", "-pushed_on"], name="white_lists_of_a_bank")]
        triggers = [
            *append_only(),
            _holds(
                "a_list_is_pushed_while_it_is_valid",
                "名单未定稿或已过有效期，不得推送",
                "EXISTS (SELECT 1 FROM public.whitelists_approvedlist a WHERE a.id = NEW.approved_id"
                " AND NEW.pushed_on BETWEEN a.approved_on AND a.valid_to)",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.approved_id} → {self.bank_id}"


class PushedFirm(models.Model):
    """One firm as it was told to one bank. A firm with a standing wish to be taken off is never pushed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    push = models.ForeignKey(Push, on_delete=models.PROTECT, related_name="firms")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="pushed")
    enterprise = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveIntegerField()
    told = models.JSONField()  # name, code, district, rights, how it came to the list

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["push", "enterprise"], name="a_firm_is_pushed_once_in_a_push"),
            models.UniqueConstraint(fields=["push", "place"], name="a_place_of_a_push_is_one_firms"),
        ]
        triggers = [
            *append_only(),
            _holds(
                "a_pushed_firm_stands_on_the_approved_list",
                "企业不在定稿的名单上，或已要求移出",
                """EXISTS (
                    SELECT 1 FROM public.whitelists_push p
                    JOIN public.whitelists_approvedlist a ON a.id = p.approved_id
                    JOIN public.whitelists_candidate c ON c.white_list_id = a.white_list_id
                    WHERE p.id = NEW.push_id AND c.id = NEW.candidate_id AND c.enterprise_id = NEW.enterprise_id
                        AND a.content->'firms' @> jsonb_build_array(jsonb_build_object('enterprise', NEW.enterprise_id))
                ) AND NOT EXISTS (
                    SELECT 1 FROM public.whitelists_takeoffwish t
                    LEFT JOIN public.whitelists_wishtakenback b ON b.wish_id = t.id
                    JOIN public.whitelists_push p ON p.id = NEW.push_id
                    JOIN public.whitelists_approvedlist a ON a.id = p.approved_id
                    JOIN public.whitelists_whitelist w ON w.id = a.white_list_id
                    WHERE t.enterprise_id = NEW.enterprise_id AND t.house_id = w.house_id AND b.id IS NULL
                )""",
            ),
            _holds(
                "a_firm_is_pushed_while_it_allows_its_use",
                "企业已撤回授权或授权已到期",
                """NOT EXISTS (
                    SELECT 1 FROM public.whitelists_push p
                    JOIN public.whitelists_approvedlist a ON a.id = p.approved_id
                    JOIN public.whitelists_whitelist w ON w.id = a.white_list_id
                    JOIN public.whitelists_candidate c ON c.id = NEW.candidate_id
                    JOIN public.scores_consent used ON used.id = ANY (c.consents)
                    CROSS JOIN LATERAL unnest(used.sources) AS s (source)
                    WHERE p.id = NEW.push_id AND NOT EXISTS (
                        SELECT 1 FROM public.scores_consent now
                        LEFT JOIN public.scores_consentwithdrawn x ON x.consent_id = now.id
                        WHERE now.enterprise_id = NEW.enterprise_id AND now.receiver_id = w.house_id
                            AND s.source = ANY (now.sources)
                            AND p.pushed_on BETWEEN now.first_day AND now.last_day
                            AND (x.id IS NULL OR x.withdrawn_on > p.pushed_on)
                    )
                )""",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.push_id} {self.place}"


class BankAnswer(models.Model):
    """What became of a pushed firm, as its bank says; the last answer counts. Nobody but the bank reads it."""

    class Kind(models.TextChoices):
        CONTACTED = "contacted", _("已联系")
        DECLINED = "declined", _("未予授信")
        GRANTED = "granted", _("已放款")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    firm = models.ForeignKey(PushedFirm, on_delete=models.PROTECT, related_name="answers")
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.CharField(max_length=300, blank=True)
    loan_no = models.CharField(max_length=60, blank=True)
    loan = models.ForeignKey(Loan, null=True, on_delete=models.PROTECT, related_name="+")
    about = models.DateField()
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="declined") | ~Q(reason=""), name="who_is_declined_is_told_why"
            ),
            models.CheckConstraint(
                condition=Q(kind="granted") & ~Q(loan_no="") | ~Q(kind="granted") & Q(loan_no="", loan__isnull=True),
                name="what_was_granted_has_its_loan_number",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["firm", "-answered_at"], name="answers_of_a_pushed_firm")]
        triggers = [
            *append_only(),
            _holds(
                "a_bank_answers_for_its_own_firms_and_loans",
                "只有收到名单的银行可以反馈，贷款须是本行对该企业的贷款",
                f"""{_a_member_of(_BANK_OF_THE_FIRM, "NEW.answered_by_id")} AND {_ITS_LOAN_OR_NONE}""",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.firm_id} {self.kind}"


class TakeOffWish(models.Model):
    """An enterprise asks a house to take it off its lists: from then on it is neither listed nor pushed again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    enterprise = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="take_off_wishes")
    house = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    said_on = models.DateField()
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["house", "enterprise"], name="wishes_to_a_house")]
        triggers = [
            *append_only(),
            _holds(
                "a_wish_is_the_enterprises_own", "移出请求须由企业本单位的人员提出",
                _a_member_of("NEW.enterprise_id", "NEW.said_by_id"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.said_on}"


class WishTakenBack(models.Model):
    """The enterprise lets itself be listed again."""

    wish = models.OneToOneField(TakeOffWish, on_delete=models.PROTECT, related_name="taken_back")
    taken_back_on = models.DateField()
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    taken_back_at = models.DateTimeField(db_default=Now())

    class Meta:
        triggers = [
            *append_only(),
            _holds(
                "a_wish_is_taken_back_by_the_enterprise_itself",
                "撤回须由企业本单位的人员提出",
                _a_member_of(
                    "(SELECT t.enterprise_id FROM public.whitelists_takeoffwish t WHERE t.id = NEW.wish_id)",
                    "NEW.taken_back_by_id",
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wish_id} {self.taken_back_on}"
