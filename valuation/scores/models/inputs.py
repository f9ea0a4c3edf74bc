"""One stated input of scoring: a value, or that it was asked and is not there, with its source and the day it was known."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Organisation
from kernel.documents.models import StoredFile
from kernel.identifiers import new_id
from kernel.protection import append_only


class InputFact(models.Model):
    """What a house states of an enterprise for scoring. A correction is a later row that points at the one it corrects.

    What nobody stated was not queried: that absence has no row. `subject` is the number of a right or the name of a product.
    """

    class Scope(models.TextChoices):
        INDICATOR = "indicator", _("指标")
        FIRM = "firm", _("企业事实")
        RIGHT = "right", _("权利")
        PRODUCT = "product", _("产品")

    class State(models.TextChoices):
        VALUE = "value", _("有数")
        QUERIED_NONE = "queried_none", _("查无")
        NOT_APPLICABLE = "not_applicable", _("不适用")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    enterprise = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="input_facts")
    scope = models.CharField(max_length=10, choices=Scope)
    subject = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=60)
    state = models.CharField(max_length=20, choices=State)
    value = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=200)
    source_kind = models.CharField(max_length=40)
    known_on = models.DateField()
    house = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    corrects = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="corrected_by"
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="value") & ~Q(value="") | ~Q(state="value") & Q(value=""),
                name="an_input_has_a_value_or_says_why_not",
            ),
            models.CheckConstraint(
                condition=Q(scope__in=["right", "product"]) & ~Q(subject="")
                | Q(scope__in=["indicator", "firm"]) & Q(subject=""),
                name="rights_and_products_are_named_and_nothing_else",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="an_input_says_where_it_comes_from"),
            models.CheckConstraint(condition=~Q(corrects=F("id")), name="an_input_does_not_correct_itself"),
        ]
        indexes = [
            models.Index(fields=["enterprise", "scope", "name", "-known_on"], name="inputs_of_an_enterprise")
        ]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="what_is_corrected_is_the_same_input",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.corrects_id IS NOT NULL"),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM public.scores_inputfact f
                        WHERE f.id = NEW.corrects_id AND f.enterprise_id = NEW.enterprise_id AND f.scope = NEW.scope
                            AND f.subject = NEW.subject AND f.name = NEW.name
                    ) THEN
                        RAISE EXCEPTION '所更正的不是同一项数据' USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope}.{self.name}={self.value or self.state}"
