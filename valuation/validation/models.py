"""What an institution learns from its own outcomes, and what it says of its model: all of it only grows.

A fit is a record with the digests of its sample and its method. It acts only through the institution's own parameters
(`cards.Parameters`), which two of its persons confirm; so a score made under it replays like any other.
"""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Organisation
from kernel.identifiers import new_id
from kernel.policystore.models import PolicyVersion
from kernel.protection import append_only
from kernel.work.models import JobRun

HEX64 = r"^[0-9a-f]{64}$"


class ModelRecord(models.Model):
    """One fit on the institution's own defaults: the rung of the ladder, what was found, what it would set."""

    class Rung(models.TextChoices):
        POSTERIOR = "posterior", _("只更新各等级违约率")
        LINE = "line", _("校正截距和斜率")
        GROUPS = "groups", _("分组权重")
        SCORECARD = "scorecard", _("单调评分卡")
        CHALLENGER = "challenger", _("另设挑战者")

    class Purpose(models.TextChoices):
        FIT = "fit", _("拟合")
        RECALIBRATION = "recalibration", _("季度重校截距")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="model_records")
    card = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=16, choices=Purpose)
    rung = models.CharField(max_length=12, choices=Rung)
    begins = models.DateField()
    ends = models.DateField()
    known_at = models.DateTimeField()
    rows = models.PositiveIntegerField()
    defaults = models.PositiveIntegerField()
    figures = models.JSONField()
    values = models.JSONField()
    sample_sha256 = models.CharField(max_length=64)
    method_sha256 = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_on = models.DateField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sample_sha256__regex=HEX64)
                & Q(method_sha256__regex=HEX64)
                & Q(digest__regex=HEX64),
                name="a_model_record_has_its_digests",
            ),
            models.CheckConstraint(
                condition=Q(begins__lte=F("ends")) & Q(defaults__lte=F("rows")),
                name="a_model_record_has_a_period_and_no_more_defaults_than_rows",
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.institution_id} {self.rung} {self.digest[:8]}"


class ShadowRun(models.Model):
    """From this day on the record is worked out beside the champion and decides nothing."""

    record = models.OneToOneField(ModelRecord, on_delete=models.PROTECT, related_name="shadow")
    begun_on = models.DateField()
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(db_default=Now())

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.record_id} {self.begun_on}"


class Promotion(models.Model):
    """Two persons were asked to let a record act, or the figures before it again; the conditions stood so when asked.

    It is carried out when its approval is: then a row of own parameters with that approval stands.
    """

    class Way(models.TextChoices):
        FORWARD = "forward", _("启用")
        BACK = "back", _("退回上一版")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    record = models.ForeignKey(ModelRecord, on_delete=models.PROTECT, related_name="promotions")
    way = models.CharField(max_length=8, choices=Way)
    values = models.JSONField()
    before = models.JSONField()
    since = models.DateField()
    conditions = models.JSONField()
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-asked_at", "-id"]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="a_promotion_asks_two_for_just_these_figures",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM public.work_approval a
                        JOIN public.validation_modelrecord r ON r.id = NEW.record_id
                        WHERE a.id = NEW.approval_id AND a.kind = 'cards.parameters' AND a.wall = r.institution_id
                            AND a.command->'values' = NEW.values AND a.command->>'since' = NEW.since::text
                            AND (NEW.way = 'back' OR NEW.values @> r.values)
                    ) THEN
                        RAISE EXCEPTION '启用模型须由本机构两人确认，并与记录一致'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.way} {self.since}"


class ValidationReport(models.Model):
    """The report on a version of the card and a period, as known at a moment, with the rows it was made from."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="validation_reports")
    card = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    begins = models.DateField()
    ends = models.DateField()
    known_at = models.DateTimeField()
    report = models.JSONField()
    sample = models.JSONField()
    report_sha256 = models.CharField(max_length=64)
    sample_sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_on = models.DateField()
    made_at = models.DateTimeField(db_default=Now())
    job = models.ForeignKey(JobRun, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(report_sha256__regex=HEX64) & Q(sample_sha256__regex=HEX64),
                name="a_validation_report_has_its_digests",
            ),
            models.CheckConstraint(
                condition=Q(begins__lte=F("ends")), name="a_validation_report_has_a_period"
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.card_id} {self.begins} {self.ends}"


class Opinion(models.Model):
    """What the independent validator says of a report, once; another person than the one who had it made."""

    class Verdict(models.TextChoices):
        FIT = "fit", _("可以继续使用")
        CONDITIONS = "conditions", _("整改后可以使用")
        UNFIT = "unfit", _("停止使用")

    report = models.OneToOneField(ValidationReport, on_delete=models.PROTECT, related_name="opinion")
    verdict = models.CharField(max_length=12, choices=Verdict)
    words = models.CharField(max_length=1000)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_on = models.DateField()
    signed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(words=""), name="an_opinion_is_given_in_words")]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="who_validates_is_not_who_made_the_report",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM public.validation_validationreport r
                        JOIN public.parties_account m ON m.id = r.made_by_id
                        JOIN public.parties_account s ON s.id = NEW.signed_by_id
                        WHERE r.id = NEW.report_id AND m.person_id = s.person_id
                    ) THEN
                        RAISE EXCEPTION '验证意见须由另一人签署' USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.verdict}"


class SourceOutage(models.Model):
    """A source of inputs that could not be asked for some days."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="source_outages")
    source = models.CharField(max_length=60)
    begins = models.DateField()
    ends = models.DateField()
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-begins", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(begins__lte=F("ends")) & ~Q(source=""), name="an_outage_has_a_source_and_days"
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.source} {self.begins}"
