"""A score as it was made, with all that makes it again; and the lines that were quoted on it."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Organisation
from kernel.identifiers import new_id
from kernel.money.fields import YuanField, cny_only, not_negative
from kernel.policystore.models import PolicyVersion
from kernel.protection import append_only
from kernel.work.models import JobRun
from valuation.cards.models import Parameters

HEX64 = r"^[0-9a-f]{64}$"
USABLE = ("scored", "provisional")


class Score(models.Model):
    """One score, in the walls of `house`: of itself (house is the enterprise) or of one it may look at.

    `given` and `answer` are what `valuation.results` calls so; `digest` is the SHA-256 of both with card and parameters,
    `scored_under` the digest of the effective card. Hundredths of a point, millionths of a PD.
    """

    class Status(models.TextChoices):
        SCORED = "scored", _("已评分")
        PROVISIONAL = "provisional", _("暂定")
        THIN = "thin", _("数据太少")
        STOPPED = "stopped", _("门槛未过，转人工")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    house = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="scores_made")
    enterprise = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="scores")
    on = models.DateField()
    card = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    parameters = models.ForeignKey(Parameters, null=True, on_delete=models.PROTECT, related_name="+")
    scored_under = models.CharField(max_length=64)
    given = models.JSONField()
    about = models.JSONField(default=dict)  # the firm as it was named and classed then; never scored
    answer = models.JSONField()
    value = models.JSONField(null=True)  # 内部参考价值 of its rights; None without a grade or without rights
    digest = models.CharField(max_length=64)
    status = models.CharField(max_length=12, choices=Status)
    score = models.PositiveIntegerField(null=True)
    grade = models.CharField(max_length=4, blank=True)
    letter = models.CharField(max_length=1, blank=True)
    pd = models.PositiveIntegerField(null=True)
    consents = ArrayField(models.UUIDField(), default=list)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )  # fmt: skip
    made_at = models.DateTimeField(db_default=Now())
    job = models.ForeignKey(JobRun, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scored_under__regex=HEX64) & Q(digest__regex=HEX64),
                name="a_score_has_its_digests",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=False, pd__isnull=False) & ~Q(grade="") & ~Q(letter="")
                | Q(score__isnull=True, pd__isnull=True, grade="", letter=""),
                name="a_grade_has_its_score_and_its_pd",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=USABLE) | Q(score__isnull=False), name="what_is_scored_has_a_grade"
            ),
            models.CheckConstraint(
                condition=~Q(status="thin") | Q(score__isnull=True), name="what_is_too_thin_has_no_grade"
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__lte=10_000, pd__lte=1_000_000),
                name="a_score_is_at_most_a_hundred_points",
            ),
            models.UniqueConstraint(
                fields=["job", "enterprise"],
                condition=Q(job__isnull=False),
                name="a_job_scores_an_enterprise_once",
            ),
        ]
        indexes = [
            models.Index(fields=["house", "enterprise", "-on", "-made_at"], name="scores_of_a_house"),
            models.Index(fields=["enterprise", "-on"], name="scores_of_an_enterprise"),
        ]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="a_score_is_under_a_published_scorecard",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM public.policystore_policyversion v
                        WHERE v.id = NEW.card_id AND v.kind = 'scorecard' AND v.state = 'published'
                    ) THEN
                        RAISE EXCEPTION '评分须依据已发布的评分卡' USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="an_enterprise_allowed_whoever_scores_it",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.house_id <> NEW.enterprise_id AND NOT EXISTS (
                        SELECT 1 FROM public.scores_consent c
                        LEFT JOIN public.scores_consentwithdrawn w ON w.consent_id = c.id
                        WHERE c.enterprise_id = NEW.enterprise_id AND c.receiver_id = NEW.house_id
                            AND NEW."on" BETWEEN c.first_day AND c.last_day
                            AND (w.withdrawn_on IS NULL OR w.withdrawn_on > NEW."on")
                    ) THEN
                        RAISE EXCEPTION '企业未授权，不得评分' USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.on} {self.grade or self.status}"

    @property
    def usable(self) -> bool:
        """Whether a line may be worked out from it."""
        return self.status in USABLE


class LineQuote(models.Model):
    """A credit line worked out on a score: what was asked, what came out, the term that bound it."""

    class Outcome(models.TextChoices):
        OFFERED = "offered", _("可给额度")
        REFERRED = "referred", _("转人工审查")
        APPRAISAL = "appraisal", _("请提供评估报告")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    score = models.ForeignKey(Score, on_delete=models.PROTECT, related_name="quotes")
    ask = models.JSONField()
    answer = models.JSONField()
    outcome = models.CharField(max_length=12, choices=Outcome)
    amount = YuanField()
    bound_by = models.CharField(max_length=40)
    quoted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    quoted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            *cny_only("amount"),
            *not_negative("amount"),
            models.CheckConstraint(
                condition=Q(outcome="offered") | Q(amount=0), name="only_what_is_offered_has_an_amount"
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.score_id} {self.outcome} {self.amount}"
