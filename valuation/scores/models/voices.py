"""What persons say to a score: an override by two of the house, an enterprise's dispute, its request that a person look.

None of them changes the score: it stays as it was made, and what was said stands beside it.
"""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from kernel.documents.models import StoredFile
from kernel.identifiers import new_id
from kernel.protection import append_only, approved_by_two

from .consents import of_a_member
from .inputs import InputFact
from .kept import Score

_ENTERPRISE = "(SELECT s.enterprise_id FROM public.scores_score s WHERE s.id = NEW.score_id)"


def _answered_by(table: str, question: str) -> pgtrigger.Trigger:
    """An answer comes from the house that made the score."""
    house = f"""(SELECT s.house_id FROM public.scores_score s JOIN public.{table} q ON q.score_id = s.id
                 WHERE q.id = NEW.{question}_id)"""  # noqa: S608 - this module's own two tables
    return of_a_member(
        house, "NEW.answered_by_id", "an_answer_comes_from_the_house_of_the_score", "须由评分机构的人员答复"
    )


class Override(models.Model):
    """Two persons of a house use another grade than the score's, for a stated reason; its later fate is looked up."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    score = models.ForeignKey(Score, on_delete=models.PROTECT, related_name="overrides")
    grade_before = models.CharField(max_length=4)
    grade = models.CharField(max_length=4)
    reason = models.CharField(max_length=500)
    decided_on = models.DateField()
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="an_override_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(grade=F("grade_before")) & ~Q(grade=""), name="an_override_changes_the_grade"
            ),
        ]
        triggers = [
            *append_only(),
            approved_by_two(
                told="调整等级须由评分机构两人分别提出和复核，并与复核内容一致",
                of="""
                    a.kind = 'scores.override'
                    AND a.wall = (SELECT s.house_id FROM public.scores_score s WHERE s.id = NEW.score_id)
                    AND a.command->>'score' = NEW.score_id::text
                    AND a.command->>'grade' = NEW.grade
                    AND a.command->>'reason' = NEW.reason
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.score_id} {self.grade_before} → {self.grade}"


class Dispute(models.Model):
    """An enterprise says that one input of a score is wrong, and what it should be; with a paper if it has one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    score = models.ForeignKey(Score, on_delete=models.PROTECT, related_name="disputes")
    input = models.CharField(max_length=120)
    says = models.CharField(max_length=500)
    paper = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_on = models.DateField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(says="") & ~Q(input=""), name="a_dispute_says_what_is_wrong"
            )
        ]  # fmt: skip
        triggers = [
            *append_only(),
            of_a_member(
                _ENTERPRISE, "NEW.made_by_id", "a_dispute_is_the_enterprises_own", "异议须由企业提出"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.score_id} {self.input}"


class DisputeAnswer(models.Model):
    """What the house answers to a dispute: whether it is right, why, and if it is the corrected input and the new score."""

    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="answer")
    upheld = models.BooleanField()
    words = models.CharField(max_length=500)
    fact = models.ForeignKey(InputFact, null=True, on_delete=models.PROTECT, related_name="+")
    rescored = models.ForeignKey(Score, null=True, on_delete=models.PROTECT, related_name="+")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_on = models.DateField()
    answered_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="a_dispute_is_answered_in_words"),
            models.CheckConstraint(
                condition=Q(fact__isnull=True, rescored__isnull=True)
                | Q(upheld=True, fact__isnull=False, rescored__isnull=False),
                name="what_is_corrected_was_upheld_and_scored_anew",
            ),
        ]
        triggers = [
            *append_only(),
            _answered_by("scores_dispute", "dispute"),
            pgtrigger.Trigger(
                name="a_correction_is_the_houses_own_of_the_same_firm",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.fact_id IS NOT NULL"),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM public.scores_dispute d
                        JOIN public.scores_score s ON s.id = d.score_id
                        JOIN public.scores_inputfact f ON f.id = NEW.fact_id
                        JOIN public.scores_score n ON n.id = NEW.rescored_id
                        WHERE d.id = NEW.dispute_id
                            AND f.enterprise_id = s.enterprise_id AND f.house_id = s.house_id
                            AND n.enterprise_id = s.enterprise_id AND n.house_id = s.house_id AND n.id <> s.id
                    ) THEN
                        RAISE EXCEPTION '更正的数据和新的评分须属于同一机构和同一企业'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id} {self.upheld}"


class ReviewRequest(models.Model):
    """An enterprise asks that a person look at a score: no score is a final refusal."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    score = models.ForeignKey(Score, on_delete=models.PROTECT, related_name="reviews")
    says = models.CharField(max_length=500)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_on = models.DateField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(says=""), name="a_review_says_what_to_look_at")]
        triggers = [
            *append_only(),
            of_a_member(
                _ENTERPRISE, "NEW.made_by_id", "a_review_is_asked_for_by_the_enterprise", "复核须由企业提出"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.score_id} {self.made_on}"


class ReviewAnswer(models.Model):
    """What the person who looked found and what follows, in words."""

    request = models.OneToOneField(ReviewRequest, on_delete=models.PROTECT, related_name="answer")
    words = models.CharField(max_length=500)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_on = models.DateField()
    answered_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(words=""), name="a_review_is_answered_in_words")]
        triggers = [*append_only(), _answered_by("scores_reviewrequest", "request")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.answered_on}"
