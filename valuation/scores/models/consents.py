"""An enterprise's word that its figures may be asked for: to whom, which kinds of source, from which day until which."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from finance.parties.models import Organisation
from kernel.identifiers import new_id
from kernel.protection import append_only


def of_a_member(organisation: str, account: str, name: str, told: str) -> pgtrigger.Trigger:
    """A trigger that refuses a row unless the account (SQL) holds a living role in the organisation (SQL)."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
            IF NOT EXISTS (
                SELECT 1 FROM public.parties_membership m
                WHERE m.account_id = {account} AND m.organisation_id = {organisation} AND m.until IS NULL
            ) THEN
                RAISE EXCEPTION '{told}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - put together from this room's own declarations, when a migration is written
    )


class Consent(models.Model):
    """What an enterprise allows: `receiver` may use these kinds of source for scoring it, both days included.

    The enterprise as its own receiver lets the platform ask for it, for its own score. The kinds are those of
    `policies/scorecards/_sources.yaml`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    enterprise = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="consents_given")
    receiver = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="consents_received")
    sources = ArrayField(models.CharField(max_length=40))
    first_day = models.DateField()
    last_day = models.DateField()
    wording = models.CharField(max_length=600)  # the sentence the person agreed to, as it stood on the page
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="a_consent_does_not_end_before_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(sources__len__gt=0) & ~Q(wording=""), name="a_consent_names_what_may_be_asked_for"
            ),
        ]
        indexes = [
            models.Index(fields=["enterprise", "receiver", "-last_day"], name="consents_of_an_enterprise")
        ]
        triggers = [
            *append_only(),
            of_a_member(
                "NEW.enterprise_id", "NEW.given_by_id", "a_consent_is_given_by_the_enterprise_itself",
                "授权须由企业本单位的人员作出",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.enterprise_id} → {self.receiver_id} {self.first_day} 至 {self.last_day}"


class ConsentWithdrawn(models.Model):
    """From this day on a consent counts no more; scores made under it before stay as they are."""

    consent = models.OneToOneField(Consent, on_delete=models.PROTECT, related_name="withdrawn")
    withdrawn_on = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(db_default=Now())

    class Meta:
        triggers = [
            *append_only(),
            of_a_member(
                "(SELECT c.enterprise_id FROM public.scores_consent c WHERE c.id = NEW.consent_id)",
                "NEW.withdrawn_by_id", "a_consent_is_withdrawn_by_the_enterprise_itself",
                "撤回授权须由企业本单位的人员作出",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.consent_id} {self.withdrawn_on}"
