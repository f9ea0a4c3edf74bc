"""Versions of policy files as they were loaded: text, digest, validity, who published them; and when each is in force.

A published version never changes (trigger); what a decision was made under can be read for ever. That a later version
ends an earlier one is a fact of its own (`PolicySpan`), beside the text. This room does not know what is inside a file:
the room that owns the kind checks it before it comes here.
"""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kernel.identifiers import new_id
from kernel.protection import append_only, approved_by_two, moves_only

# a draft is published by two persons, or given up; what ships with the product is published when it is loaded
MOVES = {"draft": ("published", "withdrawn")}

OF_THIS_TEXT = """
    a.kind = 'policies.publish' AND a.subject_id = NEW.id::text AND a.command ->> 'sha256' = NEW.sha256
    AND encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex') = NEW.sha256
"""

OF_ITS_VERSION = """
PERFORM 1 FROM policystore_policyversion stated
 WHERE stated.id = NEW.version_id AND stated.kind = NEW.kind AND stated.family = NEW.family
   AND stated.state = 'published' AND NEW.validity <@ daterange(stated.valid_from, stated.valid_to, '[]');
IF NOT FOUND THEN
    RAISE EXCEPTION '施行期须属于已发布的版本，且在其文本的起止日之内' USING ERRCODE = 'integrity_constraint_violation';
END IF;
IF NEW.approval_id IS NULL THEN
    PERFORM 1 FROM public.policystore_policyversion stated WHERE stated.id = NEW.version_id AND stated.shipped;
    IF NOT FOUND THEN
        RAISE EXCEPTION '随产品发布的版本以外，施行期须有两人发布' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
END IF;
RETURN NEW;
"""
# what two persons publish now moves every version's days; what ships with the product shortens one by its own publication
_BY_A_PUBLICATION = """
    a.kind = 'policies.publish' AND (
        a.decided_in = pg_current_xact_id()::text::bigint
        OR a.id = (SELECT v.approval_id FROM public.policystore_policyversion v WHERE v.id = NEW.version_id)
    )
"""


class PolicyVersion(models.Model):
    """One version of one policy file: `family` is the policy, `version` names the file and its year."""

    class Kind(models.TextChoices):
        SCHEME = "scheme", _("损失分担方案")
        PROCEDURE = "procedure", _("资金池办事规则")
        SUBSIDY = "subsidy", _("补贴政策")
        FORM = "form", _("填报表")
        SCORECARD = "scorecard", _("评分卡")
        REGISTRATION = "registration", _("登记规则")

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        PUBLISHED = "published", _("已发布")
        WITHDRAWN = "withdrawn", _("已撤回")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    family = models.CharField(max_length=120)
    version = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    evidence = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    shipped = models.BooleanField(default=False)
    approval = models.OneToOneField("work.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    loaded_at = models.DateTimeField(db_default=Now())
    wall = models.UUIDField(null=True)  # the organisation whose draft it is or was; None: shipped

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version"],
                condition=Q(state="published"),
                name="a_policy_version_is_loaded_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "version", "wall"],
                condition=Q(state="draft"),
                name="an_organisation_has_one_draft_of_a_version",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
                name="a_policy_does_not_end_before_it_begins",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(shipped=True) | Q(approval__isnull=False),
                name="a_policy_is_published_by_two_persons_or_shipped",
            ),
        ]
        indexes = [models.Index(fields=["kind", "family"], name="policies_of_a_family")]
        triggers = [
            pgtrigger.Trigger(
                name="a_published_policy_never_changes",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="published"),
                func="RAISE EXCEPTION '已发布的政策版本不得改动' USING ERRCODE = 'integrity_constraint_violation';",
            ),
            moves_only("state", MOVES),
            approved_by_two(
                name="a_publication_was_approved_by_two_persons",
                told="发布须经两人复核，且与复核的文本一致",
                of=OF_THIS_TEXT,
                required=False,  # without one the CHECK speaks
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__state="published", new__shipped=False),
            ),
            pgtrigger.Trigger(
                name="what_is_shipped_is_published_when_loaded",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__state="published", new__shipped=True),
                func="RAISE EXCEPTION '随产品发布的版本只在载入时成立' USING ERRCODE = 'integrity_constraint_violation';",
            ),
            pgtrigger.Trigger(
                name="the_policies_are_never_emptied",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION '政策版本表不得清空' USING ERRCODE = 'integrity_constraint_violation';",
            ),
        ]

    def __str__(self) -> str:
        return self.version


class PolicySpan(models.Model):
    """Days on which a published version is in force. When a later version ends it, this row is superseded and a shorter
    one stands beside it: what was in force, and what was known of it at any moment, stays readable.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=PolicyVersion.Kind)
    family = models.CharField(max_length=120)
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="spans")
    validity = DateRangeField()
    approval = models.ForeignKey("work.Approval", null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_version_of_a_policy_is_in_force_on_a_day",
                expressions=[
                    ("kind", RangeOperators.EQUAL),
                    ("family", RangeOperators.EQUAL),
                    ("validity", RangeOperators.OVERLAPS),
                ],
                condition=Q(superseded_at__isnull=True),
            ),
            models.CheckConstraint(condition=Q(validity__isempty=False), name="a_span_has_at_least_a_day"),
        ]
        triggers = [
            *append_only(but=("superseded_at",)),
            approved_by_two(
                told="施行期所依据的发布不成立", of=_BY_A_PUBLICATION, earlier=True, required=False
            ),
            pgtrigger.Trigger(
                name="a_superseded_span_stays_superseded",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__superseded_at__isnull=False),
                func="RAISE EXCEPTION '已被取代的施行期不得再改' USING ERRCODE = 'integrity_constraint_violation';",
            ),
            pgtrigger.Trigger(
                name="a_span_is_of_its_published_version",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=OF_ITS_VERSION,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.validity}"
