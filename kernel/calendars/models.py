"""Years of working days as they were announced: versions, never overwritten.

The State Council has changed a notice after announcing it (the Spring Festival of 2020 was lengthened). A
changed file is therefore a new version of its year with all its days; the version before keeps its rows and
the moment it ended, so that a deadline counted then can be counted again as it was.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kernel.protection import append_only


class CalendarYear(models.Model):
    """One version of one year; the one without `superseded_at` is in force."""

    class State(models.TextChoices):
        ANNOUNCED = "announced", _("已公布")
        PROVISIONAL = "provisional", _("暂定")

    year = models.PositiveSmallIntegerField(_("年份"))
    state = models.CharField(_("状态"), max_length=20, choices=State)
    title = models.CharField(_("通知标题"), max_length=200)
    doc_no = models.CharField(_("文号"), max_length=80)
    doc_date = models.DateField(_("通知日期"))
    source = models.TextField(_("来源"))
    evidence = models.CharField(_("依据状态"), max_length=20)
    digest = models.CharField(max_length=64)
    recorded_at = models.DateTimeField(db_default=Now())
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["year"],
                condition=Q(superseded_at__isnull=True),
                name="one_calendar_of_a_year_is_in_force",
            ),
            models.CheckConstraint(
                condition=Q(superseded_at__isnull=True) | Q(superseded_at__gte=F("recorded_at")),
                name="a_calendar_is_superseded_after_it_was_recorded",
            ),
        ]
        triggers = append_only(but=("superseded_at",))

    def __str__(self) -> str:
        return f"{self.year} {self.doc_no}"


class SpecialDay(models.Model):
    """A day that is off, or a weekend day that is worked, in one version of a year."""

    calendar = models.ForeignKey(CalendarYear, on_delete=models.PROTECT, related_name="special_days")
    day = models.DateField(_("日期"))
    is_working = models.BooleanField(_("上班"))
    name = models.CharField(_("节日"), max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "day"], name="a_special_day_stands_once_in_a_calendar"
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
