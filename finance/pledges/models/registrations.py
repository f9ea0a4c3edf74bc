"""IP rights and the registrations of their pledge, as facts with dates.

The pledge exists from its registration (Civil Code art. 444). The full procedure of registration comes later; here
stands what a filing bank states and what is recorded afterwards.
"""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Account, Organisation
from kernel.identifiers import new_id
from kernel.protection import append_only


class IPRight(models.Model):
    """A patent, trademark or other right; `number` is the normalised form that identifies it."""

    class Kind(models.TextChoices):
        PATENT = "patent", _("专利")
        TRADEMARK = "trademark", _("商标")
        COPYRIGHT = "copyright", _("著作权")
        LAYOUT = "layout", _("集成电路布图设计")
        DATA = "data", _("数据知识产权")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    number = models.CharField(max_length=40)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "number"], name="a_right_is_recorded_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class PledgeRegistration(models.Model):
    """One registration in favour of one pledgee, as stated; a correction is a next statement (`seq`), the last one counts.

    Its rights and events hang on the statement.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pledgee = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="pledges_held")
    pledgor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="pledges_given")
    stated_pledgor = models.CharField(
        max_length=120, blank=True
    )  # the pledgor's name as the pledgee wrote it
    number = models.CharField(max_length=40)
    seq = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    registered_on = models.DateField()
    rights = models.ManyToManyField(IPRight, through="PledgedRight", related_name="registrations")
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pledgee", "number", "seq"], name="statements_of_a_registration_are_numbered"
            ),
            models.CheckConstraint(
                condition=~Q(pledgee=models.F("pledgor")), name="nobody_pledges_to_himself"
            ),
        ]
        indexes = [models.Index(fields=["pledgor"], name="registrations_of_a_pledgor")]
        triggers = append_only()

    def __str__(self) -> str:
        return self.number

    @property
    def pledgor_name(self) -> str:
        """The pledgor as this statement names it; the recorded name, which another bank may have given, only without one."""
        return self.stated_pledgor or self.pledgor.name


class PledgedRight(models.Model):
    """One right in one statement of a registration."""

    registration = models.ForeignKey(PledgeRegistration, on_delete=models.PROTECT)
    right = models.ForeignKey(IPRight, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "right"], name="a_right_stands_once_in_a_registration"
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.registration_id} {self.right_id}"


class PledgeEvent(models.Model):
    """What happened to a registration on a day: stated, released, revoked."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", _("登记")
        RELEASED = "released", _("注销")
        REVOKED = "revoked", _("撤销")

    registration = models.ForeignKey(PledgeRegistration, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    on = models.DateField()
    source = models.CharField(max_length=120)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "kind"], name="a_registration_meets_each_event_once"
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on}"
