"""Applications: what was stated, how it was calculated each time, what was asked and answered; all but pointers grows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.loans.models import Loan
from finance.parties.models import Account, Organisation, PayeeAccount
from kernel.documents.models import StoredFile
from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.protection import append_only, moves_only

from .calls import SubsidyCall

# listed: put on the list by the bureau, the owner has yet to confirm the account (免申即享)
APPLICATION_MOVES = {
    "listed": ("filed", "withdrawn", "refused"),
    "draft": ("filed", "withdrawn"),
    "filed": ("deficient", "reviewed", "refused", "withdrawn"),
    "deficient": ("filed", "refused", "withdrawn"),
    "reviewed": ("filed", "planned", "refused", "withdrawn"),
    "planned": ("reviewed", "awarded", "refused"),
}
OVER = ("withdrawn", "refused")


class Application(models.Model):
    """One loan (or one event) of one enterprise under one call."""

    class State(models.TextChoices):
        LISTED = "listed", _("待企业确认")
        DRAFT = "draft", _("草稿")
        FILED = "filed", _("待审核")
        DEFICIENT = "deficient", _("待补正")
        REVIEWED = "reviewed", _("审核通过")
        PLANNED = "planned", _("列入拟补贴名单")
        AWARDED = "awarded", _("已核定")
        REFUSED = "refused", _("不予补贴")
        WITHDRAWN = "withdrawn", _("已撤回")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    call = models.ForeignKey(SubsidyCall, on_delete=models.PROTECT, related_name="applications")
    enterprise = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="subsidy_applications"
    )
    loan = models.ForeignKey(Loan, null=True, on_delete=models.PROTECT, related_name="subsidy_applications")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    filed_on = models.DateField(null=True)
    filed_at = models.DateTimeField(null=True)  # the order in which applications count
    account = models.ForeignKey(PayeeAccount, null=True, on_delete=models.PROTECT, related_name="+")
    calculation = models.OneToOneField("Calculation", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call", "enterprise", "loan"],
                condition=~Q(state__in=OVER),
                nulls_distinct=False,
                name="a_loan_is_applied_for_once_in_a_call",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "listed", "withdrawn", "refused"])
                | Q(filed_on__isnull=False, filed_at__isnull=False),
                name="what_is_decided_was_filed",
            ),
        ]
        indexes = [
            models.Index(fields=["enterprise", "-recorded_at"], name="applications_of_an_enterprise"),
            models.Index(fields=["call", "state", "filed_at"], name="applications_of_a_call"),
        ]
        triggers = [
            *append_only(but=("state", "filed_on", "filed_at", "account", "calculation")),
            moves_only("state", APPLICATION_MOVES),
        ]

    def __str__(self) -> str:
        return self.number


class ApplicationFact(models.Model):
    """One statement of a fact of an application: its path, value, from where, about which day. A correction is a row."""

    class Standing(models.TextChoices):
        TAKEN = "taken", _("平台记录")
        STATED = "stated", _("企业填报")
        CONFIRMED = "confirmed", _("审核确认")
        REJECTED = "rejected", _("审核不予认定")

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="facts")
    path = models.CharField(max_length=80)
    value = models.JSONField(null=True)
    source = models.CharField(max_length=200)
    about = models.DateField(null=True)
    standing = models.CharField(max_length=10, choices=Standing)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["application", "path", "-id"], name="facts_of_an_application")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.path}={self.value}"


class ApplicationPaper(models.Model):
    """A paper handed in for an application."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="papers")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    material = models.CharField(max_length=200)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return self.material


class Calculation(models.Model):
    """What the engine said of an application at a moment, with everything it read, so that it can be worked out again."""

    class Purpose(models.TextChoices):
        FILING = "filing", _("申报测算")
        REVIEW = "review", _("审核核算")
        PLAN = "plan", _("名单核算")

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="calculations")
    seq = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=10, choices=Purpose)
    on = models.DateField()
    result = (
        models.JSONField()
    )  # `Result.plain()`, with what `finance.subsidies.engine.replay` works out again
    status = models.CharField(max_length=12)
    total = YuanField()
    sha256 = models.CharField(max_length=64)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "seq"], name="the_calculations_of_an_application_are_numbered"
            ),
            *cny_only("total"),
            *not_negative("total"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.application_id}/{self.seq}"


class Step(models.Model):
    """What happened to an application: filed, asked to mend, answered, reviewed, refused; items one by one."""

    class Kind(models.TextChoices):
        FILED = "filed", _("提交申报")
        CONFIRMED = "confirmed", _("确认收款账户")
        NOTICE = "notice", _("补正通知")
        ANSWER = "answer", _("补正答复")
        REVIEWED = "reviewed", _("审核通过")
        REOPENED = "reopened", _("退回重新审核")
        REFUSED = "refused", _("不予补贴")
        WITHDRAWN = "withdrawn", _("撤回")
        PLANNED = "planned", _("列入名单")
        DROPPED = "dropped", _("移出名单")
        AWARDED = "awarded", _("核定")

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind)
    day = models.DateField()
    due_on = models.DateField(null=True)
    text = models.CharField(max_length=500, blank=True)
    items = models.JSONField(default=list)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["application", "-id"], name="steps_of_an_application")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.application_id} {self.get_kind_display()}"


class OfficeWord(models.Model):
    """What another office says of an application (联合审查): no objection, an objection, or nothing yet to be said."""

    class Outcome(models.TextChoices):
        CLEAR = "clear", _("无异议")
        AGAINST = "against", _("有异议")

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="office_words")
    office = models.CharField(max_length=60)
    outcome = models.CharField(max_length=10, choices=Outcome)
    reference = models.CharField(max_length=120, blank=True)
    text = models.CharField(max_length=300, blank=True)
    day = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["application", "office", "-id"], name="words_of_offices")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.office} {self.get_outcome_display()}"
