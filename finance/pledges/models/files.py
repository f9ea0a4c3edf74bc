"""A registration file: what the parties state, what they agreed to, what was done, what was found, what befell the right.

All of it is added and never edited. A file's state is a pointer that the database moves with each act; which moves there
are is data (policies/registration), so the database holds the chain of acts and the rule book holds the table.
"""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Account, Organisation
from finance.pledges.rules.book import START
from kernel.identifiers import new_id
from kernel.protection import append_only, approved_by_two

from .registrations import IPRight, PledgeRegistration

HELD = Func(F("first_day"), F("last_day"), Value("[]"), function="daterange", output_field=DateRangeField())


def _by() -> models.ForeignKey:
    return models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")


class RegistrationFile(models.Model):
    """One application to one registry, worked by the bank, the enterprise and the window until the pledge has ended."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=12, choices=IPRight.Kind)
    book = models.CharField(max_length=60)
    pledgee = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="files_as_pledgee")
    pledgor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="files_as_pledgor")
    window = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="files_at_window")
    loan_no = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=24)
    registration = models.ForeignKey(
        PledgeRegistration, null=True, on_delete=models.PROTECT, related_name="files"
    )
    opened_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = _by()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(pledgee=F("pledgor")), name="nobody_files_a_pledge_to_himself"
            )
        ]
        indexes = [
            models.Index(fields=["pledgee", "-recorded_at"], name="files_of_a_pledgee"),
            models.Index(fields=["pledgor", "-recorded_at"], name="files_of_a_pledgor"),
            models.Index(fields=["window", "-recorded_at"], name="files_of_a_window"),
        ]
        triggers = [
            *append_only(but=("state", "registration")),
            pgtrigger.Trigger(
                name="a_files_state_is_that_of_its_last_act",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("state"),
                condition=pgtrigger.AnyChange("state"),
                func="""
                    IF NEW.state IS DISTINCT FROM (
                        SELECT a.after FROM public.pledges_fileact a WHERE a.file_id = NEW.id ORDER BY a.seq DESC LIMIT 1
                    ) THEN
                        RAISE EXCEPTION '登记案件的状态只随办理记录变动' USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="a_file_begins_at_the_start",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NEW.state <> '{START}' OR NEW.registration_id IS NOT NULL THEN
                        RAISE EXCEPTION '登记案件从起草开始' USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="a_file_has_the_registration_that_its_act_made",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("registration_id"),
                condition=pgtrigger.AnyChange("registration"),
                func="""
                    PERFORM pg_advisory_xact_lock(hashtextextended('pledges of ' || NEW.pledgee_id, 0));
                    IF OLD.registration_id IS NOT NULL OR NOT EXISTS (
                        SELECT 1 FROM public.pledges_fileact a
                        JOIN public.pledges_pledgeregistration r ON r.id = NEW.registration_id
                        WHERE a.file_id = NEW.id AND a.effect = 'creates'
                            AND a.seq = (SELECT max(l.seq) FROM public.pledges_fileact l WHERE l.file_id = NEW.id)
                            AND r.number = a.details->>'number'
                            AND r.pledgee_id = NEW.pledgee_id AND r.pledgor_id = NEW.pledgor_id
                    ) OR EXISTS (
                        SELECT 1 FROM public.pledges_registrationfile f
                        JOIN public.pledges_pledgeregistration o ON o.id = f.registration_id
                        JOIN public.pledges_pledgeregistration r ON r.id = NEW.registration_id
                        WHERE f.id <> NEW.id AND o.pledgee_id = r.pledgee_id AND o.number = r.number
                    ) THEN
                        RAISE EXCEPTION '登记随准予登记的办理记录写入，一个登记号只属于一个案件'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number


class FileStatement(models.Model):
    """What the parties state: contract, rights, the owner's other marks. The last one counts; its form: `rules.stated`."""

    file = models.ForeignKey(RegistrationFile, on_delete=models.PROTECT, related_name="statements")
    seq = models.PositiveSmallIntegerField()
    contents = models.JSONField()
    stated_on = models.DateField()
    recorded_on = models.DateField(null=True)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = _by()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "seq"], name="statements_of_a_file_are_numbered")
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.file_id} {self.seq}"


class FilePaper(models.Model):
    """A paper of the file: which material of the rule book it is; `after_seq` acts had been done when it came."""

    file = models.ForeignKey(RegistrationFile, on_delete=models.PROTECT, related_name="papers")
    material = models.CharField(max_length=20)
    stored = models.ForeignKey("documents.StoredFile", on_delete=models.PROTECT, related_name="+")
    after_seq = models.PositiveSmallIntegerField()
    attached_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = _by()

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.file_id} {self.material}"


class Party(models.TextChoices):
    PLEDGOR = "pledgor", _("出质人")
    PLEDGEE = "pledgee", _("质权人")


class Assent(models.Model):
    """One party's yes to a step that takes both: to this statement and the papers up to the last one, after so many acts; a
    change of any of them voids it. `declares` is the digest of the grounds it declares to know of."""

    file = models.ForeignKey(RegistrationFile, on_delete=models.PROTECT, related_name="assents")
    action = models.CharField(max_length=40)
    party = models.CharField(max_length=8, choices=Party)
    statement = models.ForeignKey(FileStatement, on_delete=models.PROTECT, related_name="+")
    after_seq = models.PositiveSmallIntegerField()
    last_paper = models.BigIntegerField(default=0)
    declares = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)
    on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = _by()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["file", "action", "party", "statement", "after_seq", "last_paper", "declares"],
                name="a_party_assents_once_to_a_step",
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_party_display()} {self.action}"


class FileAct(models.Model):
    """One step that was taken: by which move of the rule book, by whom, on which day, on which paper.

    `effect` is the move's, on the pledge; it alone lets the pointers of the file and of its rights move.
    """

    class Actor(models.TextChoices):
        BOTH = "both", _("双方共同")
        PLEDGOR = "pledgor", _("出质人")
        PLEDGEE = "pledgee", _("质权人")
        REGISTRY = "registry", _("登记机构")
        CLOCK = "clock", _("期限届满")

    file = models.ForeignKey(RegistrationFile, on_delete=models.PROTECT, related_name="acts")
    seq = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=40)
    rule = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    before = models.CharField(max_length=24)
    after = models.CharField(max_length=24)
    actor = models.CharField(max_length=8, choices=Actor)
    effect = models.CharField(max_length=8, blank=True)
    on = models.DateField()
    until = models.DateField(null=True)
    details = models.JSONField(default=dict)
    paper = models.ForeignKey("documents.StoredFile", null=True, on_delete=models.PROTECT, related_name="+")
    feed = models.ForeignKey("pledges.RegistryFeed", null=True, on_delete=models.PROTECT, related_name="acts")
    recorded_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = _by()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "seq"], name="acts_of_a_file_are_numbered"),
            models.CheckConstraint(
                condition=Q(feed__isnull=True) | Q(actor="registry"),
                name="a_feed_tells_what_the_registry_decides",
            ),
            models.CheckConstraint(
                condition=~Q(actor="registry") | Q(paper__isnull=False) | Q(rule=""),
                name="what_the_registry_decides_has_its_paper",
            ),
            models.CheckConstraint(
                condition=Q(on__lte=F("recorded_on")), name="an_act_is_not_recorded_before_it_was_done"
            ),
            models.CheckConstraint(
                condition=~Q(rule="") | (Q(before=F("after")) & Q(effect="")),
                name="what_moves_a_file_is_a_move_of_the_book",
            ),
            models.CheckConstraint(
                condition=~Q(effect__in=["creates", "voids", "extends", "changes"]) | Q(actor="registry"),
                name="the_registry_alone_makes_a_pledge",
            ),
            models.CheckConstraint(
                condition=~Q(effect="ends") | Q(actor__in=["registry", "clock"]),
                name="no_party_ends_a_registered_pledge",
            ),
        ]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="what_a_feed_tells_was_confirmed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__feed__isnull=False),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM public.pledges_feedentered e
                        JOIN public.pledges_registryfeed d ON d.id = e.feed_id
                        JOIN public.pledges_registrationfile f ON f.id = NEW.file_id
                        WHERE e.feed_id = NEW.feed_id AND d.window_id = f.window_id
                    ) THEN
                        RAISE EXCEPTION '登记结果文件须经确认，且只办理本窗口的案件'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="a_pledge_is_made_once_and_its_end_is_the_last",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.rule <> ''"),
                func="""
                    IF EXISTS (
                        SELECT 1 FROM public.pledges_fileact a
                        WHERE a.file_id = NEW.file_id AND a.seq <> NEW.seq AND a.effect IN ('ends', 'voids')
                    ) OR (NEW.effect <> '' AND (NEW.effect = 'creates') = EXISTS (
                        SELECT 1 FROM public.pledges_fileact a
                        WHERE a.file_id = NEW.file_id AND a.seq <> NEW.seq AND a.effect = 'creates'
                    )) THEN
                        RAISE EXCEPTION '质权只设立一次，设立以后才能变更、延期或者终止，终止以后不再办理'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="an_act_goes_on_from_the_files_state",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.seq <> (SELECT count(*) FROM public.pledges_fileact a WHERE a.file_id = NEW.file_id)
                        OR NOT EXISTS (
                            SELECT 1 FROM public.pledges_registrationfile f WHERE f.id = NEW.file_id AND f.state = NEW.before
                        ) THEN
                        RAISE EXCEPTION '办理记录须接着案件的现状态，逐次编号' USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    IF NEW.actor = 'both' AND NOT EXISTS (
                        SELECT 1
                        FROM public.pledges_assent one
                        JOIN public.pledges_assent other USING (file_id, action, statement_id, after_seq, last_paper, declares)
                        JOIN public.parties_account his ON his.id = one.recorded_by_id
                        JOIN public.parties_account hers ON hers.id = other.recorded_by_id
                        WHERE file_id = NEW.file_id AND action = NEW.action AND after_seq = NEW.seq - 1
                            AND one.party = 'pledgor' AND other.party = 'pledgee'
                            AND his.id <> hers.id AND his.person_id <> hers.person_id
                            AND statement_id = (
                                SELECT s.id FROM public.pledges_filestatement s
                                WHERE s.file_id = NEW.file_id ORDER BY s.seq DESC LIMIT 1
                            )
                            AND last_paper = (
                                SELECT coalesce(max(p.id), 0) FROM public.pledges_filepaper p WHERE p.file_id = NEW.file_id
                            )
                    ) THEN
                        RAISE EXCEPTION '双方共同的步骤须有双方两个人对现有内容和材料的确认'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    UPDATE public.pledges_registrationfile SET state = NEW.after WHERE id = NEW.file_id AND state <> NEW.after;
                    RETURN NULL;
                """,  # noqa: E501  (a trigger's text is part of its hash: another break of lines is a migration)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.on}"


class PrecheckRun(models.Model):
    """What a precheck found in one statement on one day, with the version of the rules; written once."""

    file = models.ForeignKey(RegistrationFile, on_delete=models.PROTECT, related_name="prechecks")
    statement = models.ForeignKey(FileStatement, on_delete=models.PROTECT, related_name="+")
    book = models.CharField(max_length=60)
    on = models.DateField()
    outcome = models.CharField(max_length=20)
    findings = models.JSONField()
    declarations = models.JSONField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = _by()

    class Meta:
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.file_id} {self.on} {self.outcome}"


class RightEvent(models.Model):
    """What befell a right of a file (fee paid, preserved by a court): kind, day, source. A public register's fact counts in
    every file of the right, its source in its own file only (decision 0028).

    `effective_on`: since when it counts, where that is another day than its own. An empty `event` only takes back the one
    that it corrects.
    """

    file = models.ForeignKey(RegistrationFile, on_delete=models.PROTECT, related_name="right_events")
    right = models.ForeignKey(IPRight, on_delete=models.PROTECT, related_name="events")
    event = models.CharField(max_length=40)
    on = models.DateField()
    effective_on = models.DateField(null=True)
    until = models.DateField(null=True)
    brings = models.JSONField(default=dict)
    source = models.CharField(max_length=120)
    corrects = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="corrected_by")
    recorded_on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = _by()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(on__lte=F("recorded_on")), name="what_befell_a_right_is_not_recorded_before"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("on")),
                name="what_befell_a_right_does_not_end_before_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(effective_on__isnull=True) | Q(effective_on__lte=F("on")),
                name="what_befell_a_right_counts_from_its_day_or_an_earlier_one",
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.event} {self.on}"


class RunningPledge(models.Model):
    """A right under a registered pledge, from the first day to the last, both included; void ones never were.

    The last day and the voiding are pointers that the file's acts move.
    """

    file = models.ForeignKey(RegistrationFile, on_delete=models.PROTECT, related_name="running")
    right = models.ForeignKey(IPRight, on_delete=models.PROTECT, related_name="running")
    kind = models.CharField(max_length=12, choices=IPRight.Kind)
    first_day = models.DateField()
    last_day = models.DateField(null=True)
    void = models.BooleanField(default=False)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="a_patent_is_under_one_registered_pledge_at_a_time",
                expressions=[("right", RangeOperators.EQUAL), (HELD, RangeOperators.OVERLAPS)],
                condition=Q(kind="patent", void=False),
            ),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="a_pledge_does_not_end_before_it_begins",
            ),
            models.UniqueConstraint(fields=["file", "right"], name="a_right_runs_once_in_a_file"),
        ]
        triggers = [
            *append_only(but=("last_day", "void")),
            pgtrigger.Trigger(
                name="a_pledge_begins_with_an_act_of_its_file",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.void OR NEW.last_day IS NOT NULL OR NOT EXISTS (
                        SELECT 1 FROM public.pledges_fileact a
                        JOIN public.pledges_registrationfile f ON f.id = a.file_id
                        JOIN public.pledges_pledgedright p ON p.registration_id = f.registration_id
                        WHERE a.file_id = NEW.file_id AND a.effect = 'creates' AND a.on = NEW.first_day
                            AND a.seq = (SELECT max(l.seq) FROM public.pledges_fileact l WHERE l.file_id = NEW.file_id)
                            AND f.kind = NEW.kind AND p.right_id = NEW.right_id
                    ) THEN
                        RAISE EXCEPTION '质权只随准予登记的办理记录产生，权利须在所登记之内'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="a_pledge_ends_with_an_act_of_its_file",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("last_day", "void"),
                condition=pgtrigger.AnyChange("last_day", "void"),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM public.pledges_fileact a
                        WHERE a.file_id = NEW.file_id
                            AND a.seq = (SELECT max(l.seq) FROM public.pledges_fileact l WHERE l.file_id = NEW.file_id)
                            AND (
                                (a.effect = 'ends' AND OLD.last_day IS NULL AND NEW.last_day <= a.on AND NEW.void = OLD.void)
                                OR (a.effect = 'voids' AND NEW.void AND NEW.last_day IS NOT DISTINCT FROM OLD.last_day)
                            )
                    ) THEN
                        RAISE EXCEPTION '质权的终止和撤销只随案件的办理记录'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.right_id} {self.first_day}"


class GroundMode(models.Model):
    """Two persons of a bureau make one ground of a rule book binding or advisory for their region, from a day on."""

    class Mode(models.TextChoices):
        BINDING = "binding", _("强制")
        ADVISORY = "advisory", _("提示")

    id = models.UUIDField(primary_key=True, editable=False)
    family = models.CharField(max_length=60)
    ground = models.CharField(max_length=20)
    mode = models.CharField(max_length=8, choices=Mode)
    region = models.CharField(max_length=6)
    first_day = models.DateField()
    reason = models.CharField(max_length=300)
    approval = models.OneToOneField("work.Approval", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["family", "ground", "first_day"], name="modes_of_a_ground")]
        triggers = [
            *append_only(),
            approved_by_two(
                name="a_mode_was_approved_by_two_persons",
                told="规则改为强制或提示须由同一部门两人分别提出和签批，并与签批内容一致",
                of="""
                    a.kind = 'pledges.mode' AND a.command->>'id' = NEW.id::text
                    AND a.command->>'family' = NEW.family AND a.command->>'ground' = NEW.ground
                    AND a.command->>'mode' = NEW.mode AND a.command->>'region' = NEW.region
                    AND a.command->>'first_day' = NEW.first_day::text AND a.command->>'reason' = NEW.reason
                    AND (a.decided_at AT TIME ZONE 'Asia/Shanghai')::date <= NEW.first_day
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ground} {self.mode} {self.first_day}"
