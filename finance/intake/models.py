"""Filings: a bank's workbook from the moment it arrives until it is entered, row by row.

A filing keeps the bank's own file, what was read from every row, every fault and the outcome. Rows are written once,
when the file has been checked; entering them is a second person's decision (or the operator's, on the command line).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.intake.states import MOVES
from finance.parties.models import Account, Organisation
from kernel.identifiers import new_id
from kernel.protection import append_only, moves_only


class FilingCounter(models.Model):
    """How many filings a series (`BA-20261120`) has seen; its row lock makes the numbers run without a gap."""

    series = models.CharField(max_length=20, primary_key=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.series}-{self.last:04d}"


class Filing(models.Model):
    """One file of one bank: its state, what was found in it, who chose and who entered it."""

    class Form(models.TextChoices):
        LOANS = "loans", _("质押贷款备案")
        RETURNS = "returns", _("贷后月报")

    class State(models.TextChoices):
        CHECKING = "checking", _("待校验")
        UNREADABLE = "unreadable", _("无法读取")
        FAULTY = "faulty", _("校验未通过")
        READY = "ready", _("可提交")
        PARTLY_READY = "partly_ready", _("部分可提交")
        NOTHING_NEW = "nothing_new", _("无变化")
        SUBMITTED = "submitted", _("待复核")
        ENTERED = "entered", _("已入库")
        WITHDRAWN = "withdrawn", _("已撤销")

    class Choice(models.TextChoices):
        ALL = "all", _("全部无误才入库")
        GOOD_ROWS = "good_rows", _("先入库无误的行")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    bank = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="filings")
    form = models.CharField(max_length=10, choices=Form)
    file = models.ForeignKey("documents.StoredFile", on_delete=models.PROTECT, related_name="+")
    marked_file = models.ForeignKey(
        "documents.StoredFile", null=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=14, choices=State, default=State.CHECKING)
    choice = models.CharField(max_length=10, choices=Choice, blank=True)
    channel = models.CharField(max_length=12, default="portal")
    counts = models.JSONField(default=dict)
    totals = models.JSONField(default=dict)
    faults = models.JSONField(default=list)
    effect = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    job = models.ForeignKey("work.JobRun", null=True, on_delete=models.PROTECT, related_name="+")
    approval = models.ForeignKey("work.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    receipt = models.ForeignKey(
        "documents.IssuedDocument", null=True, on_delete=models.PROTECT, related_name="+"
    )
    maker = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    made_on = models.DateField()
    made_at = models.DateTimeField(db_default=Now())
    entered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="entered") | Q(approval__isnull=False) | Q(channel="command_line"),
                name="a_filing_is_entered_by_a_second_person",
            ),
        ]
        indexes = [models.Index(fields=["bank", "-made_at"], name="filings_of_a_bank")]
        triggers = [moves_only("state", MOVES)]

    def __str__(self) -> str:
        return self.number


class FilingRow(models.Model):
    """What was read from one row of the file, its faults, and what it would do to the book; written once."""

    class Outcome(models.TextChoices):
        NEW = "new", _("新增")
        CHANGED = "changed", _("变更")
        SAME = "same", _("无变化")
        FAILED = "failed", _("有误")

    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="rows")
    file_row = models.PositiveIntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome)
    natural_key = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=120, blank=True)
    values = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    digest_before = models.CharField(max_length=64, blank=True)  # what the book said when the row was checked
    problems = models.JSONField(default=list)
    folded = models.JSONField(default=list)
    changes = models.JSONField(default=list)
    kept_out = models.JSONField(default=list)  # why, as it was forecast, this good row would enter no pool

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["filing", "file_row"], name="a_row_of_a_file_is_read_once")
        ]
        indexes = [models.Index(fields=["filing", "outcome"], name="rows_of_a_filing_by_outcome")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.filing_id} 第{self.file_row}行"


class FilingOutcome(models.Model):
    """What an entered filing really brought about in a room above: limits before and after, and each row; written once.

    The filing's `effect` is the forecast of its dry run; this is what happened, told by the room that did it.
    """

    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="outcomes")
    room = models.CharField(max_length=40)
    lines = models.JSONField()  # as in `effect`: label, before, after, ceiling, note
    rows = models.JSONField()  # by file row: `finance.intake.effects.Followed` as JSON
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["filing", "room"], name="a_room_tells_once_what_became_of_a_filing"
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.filing_id} {self.room}"


TO_ENTER = (FilingRow.Outcome.NEW, FilingRow.Outcome.CHANGED)
