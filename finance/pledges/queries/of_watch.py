"""Reading the watch: which alerts hold on a day, which stand open for a viewer, what still stands behind a debt."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Prefetch, Q, Window
from django.db.models.functions import RowNumber

from finance.parties.models import Organisation
from finance.pledges.models import AlertClearing, RegistrationFile, RunningPledge, WatchAlert, WatchRun
from finance.pledges.rules import collateral, right_key, watch
from finance.pledges.rules.asked import secured_fen
from finance.pledges.rules.bounds import kept_day, within
from finance.pledges.rules.facts import Pledge
from finance.pledges.rules.metrics import known_of_right
from finance.pledges.rules.stated import values_of
from finance.pledges.secured import SecuredLoan, loans_behind

from . import of_claim, of_files, of_rights

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership
    from finance.pledges.rules.book import RuleBook
    from finance.pledges.rules.limitation import Limitation
    from finance.pledges.rules.procedure import PledgeStatus
    from finance.pledges.rules.proceeds import Proceeds
    from kernel.days import WorkingCalendar


def alerts(*, viewer: Membership) -> QuerySet[WatchAlert]:
    """Every alert of the files that a viewer may see; a window learns of no loan that was or was not repaid."""
    seen = of_files.files(viewer=viewer).order_by().values("pk")
    found = WatchAlert.objects.filter(file__in=seen)
    if viewer.organisation.kind == Organisation.Kind.IP_BUREAU:
        found = found.filter(tells_of_loan=False)
    clearings = Prefetch(
        "clearings", AlertClearing.objects.select_related("recorded_by__person").order_by("pk")
    )
    return (
        found.select_related("right", "file__pledgor", "file__pledgee", "file__window")
        .prefetch_related(clearings)
        .order_by(F("due_on").asc(nulls_first=True), "seen_on", "file__number", "rule", "right__number")
    )


def open_alerts(*, viewer: Membership) -> QuerySet[WatchAlert]:
    """Those that nobody has worked off and that still hold, the most urgent first: at once, then by their day."""
    return alerts(viewer=viewer).filter(~Exists(AlertClearing.objects.filter(alert=OuterRef("pk"))))


def firsts_by_rule(found: QuerySet[WatchAlert], most: int) -> list[WatchAlert]:
    """The most urgent of each rule, at most so many."""
    urgent = (F("due_on").asc(nulls_first=True), "seen_on", "right__number", "pk")
    place = Window(RowNumber(), partition_by="rule", order_by=urgent)
    return list(found.annotate(place=place).filter(place__lte=most))


def alert(*, viewer: Membership, alert_id: UUID) -> WatchAlert:
    """One of them; WatchAlert.DoesNotExist for everybody else."""
    return alerts(viewer=viewer).get(pk=alert_id)


def has_it(alert: WatchAlert, viewer: Membership) -> bool:
    """Whether the viewer's side is who the rule says has it."""
    party = of_files.party_of(viewer, alert.file)
    return (party == "pledgor" and alert.for_pledgor) or (party == "pledgee" and alert.for_pledgee)


def still_provisional(alert: WatchAlert, calendar: WorkingCalendar) -> bool:
    """Whether its day was counted without the year's holidays, and they are still not announced."""
    return (
        alert.provisional and alert.due_on is not None and calendar.provisional(alert.due_on, alert.seen_on)
    )


def last_look(file: RegistrationFile) -> dt.date | None:
    """The last day on which this file was looked at."""
    found = WatchRun.objects.filter(files__contains=[file.pk]).order_by("-on", "-pk")
    return found.values_list("on", flat=True).first()


def to_look_at() -> QuerySet[RegistrationFile]:
    """Files under a registered pledge, and those whose pledge has ended while an alert still holds."""
    running = RunningPledge.objects.filter(file=OuterRef("pk"), void=False, last_day=None)
    return RegistrationFile.objects.filter(Exists(running) | Exists(standing().filter(file=OuterRef("pk"))))


def standing() -> QuerySet[WatchAlert]:
    """Alerts that no look has found gone, worked off or not."""
    gone = AlertClearing.objects.filter(alert=OuterRef("pk"), how=AlertClearing.How.GONE)
    return WatchAlert.objects.filter(~Exists(gone))


def alerts_on(
    file: RegistrationFile, on: dt.date, known_on: dt.date, calendar: WorkingCalendar
) -> tuple[watch.Alert, ...]:
    """What the rules had to say of a file on a day by what was known on a day; nothing where no pledge is in force."""
    then = of_files.status_on(file, on, known_on)
    if not then.in_force:
        return ()
    book, debt = (
        of_files.book_for(file, on),
        _debt(file, loans_behind(file, viewer=None, on=on, known_on=known_on), on, known_on),
    )
    runs = of_claim.limitation_of(file, book, debt.ends_on, debt.loans, on, known_on, calendar)
    awaited = of_claim.proceeds_awaited(of_claim.proceeds_of(file, book, debt.loans, on, known_on))
    pledge = Pledge(
        number=file.registration.number if file.registration else "",
        registered_on=then.created_on,
        registered_until=then.registered_until,
        published="pledge.published" in _settled(file, book, on, known_on) or None,
        pledgor_is_enterprise=file.pledgor.kind == Organisation.Kind.ENTERPRISE,
        loan_ends_on=debt.ends_on,
        loan_repaid=debt.repaid,
        limitation_from=runs.since if runs else None,
        proceeds_due_on=awaited.due_on if awaited else None,
    )
    return watch.alerts(book, of_rights.rights_on(file, on, known_on), pledge, on, calendar)


def _settled(file: RegistrationFile, book: RuleBook, on: dt.date, known_on: dt.date) -> set[str]:
    """The facts that parties proved by working off an alert that settles one."""
    settles = {rule.id: rule.settles for rule in book.watch if rule.settles}
    done = Q(
        clearings__how=AlertClearing.How.DONE, clearings__on__lte=on, clearings__recorded_on__lte=known_on
    )
    rules = file.alerts.filter(done, rule__in=settles).values_list("rule", flat=True)
    return {settles[rule] for rule in rules}


@dataclass(frozen=True)
class Debt:
    """What is known of the debt behind a file: the amount secured of it and the loans; None is not known.

    `later` are loans lent after the day on which the claims of a maximum-amount pledge were determined: it does not secure
    them (民法典 art. 423, 439).
    """

    contract_fen: int | None
    loans: tuple[SecuredLoan, ...]
    ends_on: dt.date | None
    later: tuple[SecuredLoan, ...] = ()

    @property
    def repaid(self) -> bool | None:
        return all(loan.settled for loan in self.loans) if self.loans else None

    @property
    def outstanding_fen(self) -> int | None:
        return sum(loan.balance_fen for loan in self.loans) if self.loans else None


def _debt(file: RegistrationFile, loans: Iterable[SecuredLoan], on: dt.date, known_on: dt.date) -> Debt:
    """The debt ends when the contract says; where it says nothing, with the last of the loans. What is secured of it is what
    was registered, which goes before what was agreed (担保解释 art. 15)."""
    contents, registered = of_files.contents_on(file, known_on), of_files.registered_fen(file, on, known_on)
    contract: dict[str, Any] = contents["contract"]
    every, determined = tuple(loans), contract.get("determined_on")
    later = tuple(one for one in every if determined and one.lent_on > kept_day(determined))
    told = tuple(one for one in every if one not in later)
    stated = contract.get("debt_ends_on")
    ends_on = kept_day(stated) if stated else within(max((loan.ends_on for loan in told), default=None))
    secured = secured_fen(contents) if registered is None else registered
    return Debt(secured, told, ends_on, later)


@dataclass(frozen=True)
class Security:
    """What stands behind a debt on a day: how the pledge itself stood, the debt, and item by item what covers it.

    A window is not told how the claim's limitation runs nor whether proceeds came: both tell of the loan.
    """

    pledge: PledgeStatus
    debt: Debt
    cover: collateral.Cover
    limitation: Limitation | None = None
    proceeds: tuple[Proceeds, ...] = ()

    @property
    def in_force(self) -> bool:
        return self.pledge.in_force


def security_of(
    file: RegistrationFile, *, viewer: Membership, on: dt.date, known_on: dt.date, calendar: WorkingCalendar
) -> Security:
    """What still stands behind the debt of a file, with the loans that the viewer may see."""
    then, book = of_files.status_on(file, on, known_on), of_files.book_for(file, on)
    values = {
        right_key(number): fen for number, fen in values_of(of_files.contents_on(file, known_on)).items()
    }
    items = []
    for right in of_rights.rights_on(file, on, known_on, with_pledges=False):
        stands, told = collateral.stands(known_of_right(book, right, on, calendar))
        items.append(collateral.Item(right.number, stands, values.get(right_key(right.number)), told))
    debt = _debt(file, loans_behind(file, viewer=viewer, on=on, known_on=known_on), on, known_on)
    owed = collateral.owed(debt.contract_fen, debt.outstanding_fen)
    cover = collateral.cover(items, owed, in_force=then.in_force)
    if viewer.organisation.kind == Organisation.Kind.IP_BUREAU:
        return Security(then, debt, cover)
    runs = of_claim.limitation_of(file, book, debt.ends_on, debt.loans, on, known_on, calendar)
    proceeds = of_claim.proceeds_of(file, book, debt.loans, on, known_on)
    return Security(then, debt, cover, runs, proceeds)
