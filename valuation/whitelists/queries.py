"""Reading white lists. Every question takes the viewer: a house sees its lists and the banks' numbers, an auditor those of
all houses, a bank what was pushed to it and its own answers, an enterprise where it stands. No bank sees another's answers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, OuterRef, Q, Subquery

from finance.loans.queries import loans
from finance.parties.models import Organisation
from kernel.conditions import Answer
from valuation.whitelists import counts, freezing
from valuation.whitelists.loading import filter_of
from valuation.whitelists.models import (
    ApprovedList,
    BankAnswer,
    Candidate,
    HandChange,
    Push,
    PushedFirm,
    TakeOffWish,
    WhiteList,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.loans.models import Loan
    from finance.parties.models import Membership
    from valuation.whitelists.terms import Filter

HOUSES = (Organisation.Kind.FINANCE_BUREAU, Organisation.Kind.IP_BUREAU)
OPEN = "open"
LAST_SAID = Subquery(
    BankAnswer.objects.filter(firm=OuterRef("pk")).order_by("-answered_at", "-pk").values("kind")[:1]
)
"""Of a pushed firm the kind of its bank's last answer."""
"""The state of a pushed firm of which its bank has said nothing."""


def white_lists(*, viewer: Membership) -> QuerySet[WhiteList]:
    """The lists of the viewer's own house, the latest first; an auditor's are those of all houses, nobody else has any."""
    house = viewer.organisation
    own = WhiteList.objects.filter(house=house) if house.kind in HOUSES else WhiteList.objects.none()
    if house.kind == Organisation.Kind.AUDITOR:
        own = WhiteList.objects.all()
    return own.select_related("house", "approved").order_by("-made_at")


def white_list(*, viewer: Membership, list_id: UUID) -> WhiteList:
    """One of them; WhiteList.DoesNotExist for everybody else."""
    return white_lists(viewer=viewer).get(pk=list_id)


def filter_of_list(made: WhiteList) -> Filter:
    """The filter as it stood when the list was made."""
    return filter_of(made.filter_text)


def candidates(made: WhiteList) -> QuerySet[Candidate]:
    """Every firm that was looked at, in the order of the list, then by name; the caller was let in to the list."""
    return made.candidates.order_by("place", "failed", "unknown", "name", "pk")


def candidate(*, viewer: Membership, list_id: UUID, enterprise_id: UUID) -> Candidate:
    """One firm of one of the viewer's lists."""
    made = white_list(viewer=viewer, list_id=list_id)
    return made.candidates.select_related("white_list__house").get(enterprise=enterprise_id)


def last_changes(made: WhiteList) -> dict[int, HandChange]:
    """By candidate what was last changed by hand, in the order in which it was done."""
    changes = made.hand_changes.select_related("made_by__person", "candidate").order_by("made_at", "pk")
    return {change.candidate_id: change for change in changes}


def standing(made: WhiteList) -> list[tuple[Candidate, HandChange | None]]:
    """Who stands on the list now, in its order: the filter's, then those put on by hand."""
    changed = last_changes(made)
    firms = {one.pk: one for one in candidates(made)}
    Kind = HandChange.Kind
    by_filter = [
        (one, changed.get(one.pk))
        for one in firms.values()
        if one.answer == Candidate.Answer.IN
        and (one.pk not in changed or changed[one.pk].kind != Kind.REMOVE)
    ]
    by_hand = [
        (firms[pk], change)
        for pk, change in changed.items()
        if change.kind == Kind.ADD and firms[pk].answer != Candidate.Answer.IN
    ]
    return [*by_filter, *by_hand]


def content_of(made: WhiteList) -> dict[str, Any]:
    """The content that is put to a second person, as it stands now."""
    named = {
        "list": str(made.pk),
        "house": made.house.name,
        "region": made.region,
        "filter": made.filter,
        "title": made.filter_text["title"],
        "filter_sha256": made.filter_sha256,
        "card_sha256": made.card_sha256,
        "on": made.on.isoformat(),
    }
    return freezing.content_of(named, [_standing(one, change) for one, change in standing(made)])


def _standing(one: Candidate, change: HandChange | None) -> freezing.Standing:
    by_hand = one.answer != Candidate.Answer.IN
    return freezing.Standing(
        enterprise=str(one.enterprise_id),
        credit_code=one.credit_code,
        name=one.name,
        district=one.district,
        by=freezing.BY_HAND if by_hand else freezing.BY_FILTER,
        reason=change.reason if change and by_hand else "",
        ground={"given": one.given, "findings": one.findings},
    )


def wishes_to(house: Organisation) -> QuerySet[TakeOffWish]:
    """The wishes to be taken off a house's lists that stand."""
    return TakeOffWish.objects.filter(house=house, taken_back__isnull=True)


# --- banks ---------------------------------------------------------------------------------------------------------


def received(*, viewer: Membership) -> QuerySet[Push]:
    """What was pushed to the viewer's bank, the latest first."""
    bank = viewer.organisation
    own = Push.objects.filter(bank=bank) if bank.kind == Organisation.Kind.BANK else Push.objects.none()
    return own.select_related("approved__white_list__house", "bank").order_by("-pushed_on", "-pushed_at")


def received_list(*, viewer: Membership, push_id: UUID) -> Push:
    """One of them; Push.DoesNotExist for everybody else."""
    return received(viewer=viewer).get(pk=push_id)


def pushed_firms(*, viewer: Membership, push: Push) -> QuerySet[Any]:
    """The firms of a push to the viewer's bank: PushedFirm, each with the kind of its last answer (`said`) and the day on
    which it asked to be taken off (`wished`), if it did."""
    house = push.approved.white_list.house_id
    wished = TakeOffWish.objects.filter(
        enterprise=OuterRef("enterprise"), house=house, taken_back__isnull=True
    )
    firms = PushedFirm.objects.filter(push__in=received(viewer=viewer).order_by(), push=push)
    return firms.annotate(said=LAST_SAID, wished=Subquery(wished.values("said_on")[:1])).order_by("place")


def said_by_push(pushes: Iterable[Push]) -> dict[UUID, Counter[str]]:
    """Of each push how many of its firms were last answered how (`OPEN`: not yet); the caller was let in to them."""
    said = PushedFirm.objects.filter(push__in=pushes).annotate(said=LAST_SAID)
    numbers: dict[UUID, Counter[str]] = {}
    for push_id, kind, number in said.values_list("push", "said").annotate(n=Count("pk")).order_by():
        numbers.setdefault(push_id, Counter())[kind or OPEN] += number
    return numbers


def found(
    firms: QuerySet[Any], *, q: str = "", said: str = "", district: str = "", borrowers: Any = None
) -> QuerySet[Any]:
    """Those with the text in name or code, in the state `said`, of the district, and (not) among `borrowers`."""
    if q:
        firms = firms.filter(Q(told__name__icontains=q) | Q(told__credit_code__icontains=q))
    if said:
        firms = firms.filter(said__isnull=True) if said == OPEN else firms.filter(said=said)
    if district:
        firms = firms.filter(told__district=district)
    return firms if borrowers is None else firms.filter(enterprise__in=borrowers)


def own_loans(*, viewer: Membership, enterprises: Iterable[UUID]) -> dict[UUID, list[Loan]]:
    """The viewer's bank's own loans to these firms, by firm; another bank's loans are not there."""
    by_firm: dict[UUID, list[Loan]] = {}
    if viewer.organisation.kind == Organisation.Kind.BANK:
        for loan in loans(viewer=viewer).filter(borrower__in=list(enterprises)):
            by_firm.setdefault(loan.borrower_id, []).append(loan)
    return by_firm


def pushed_firm(*, viewer: Membership, push_id: UUID, enterprise_id: UUID) -> Any:
    """One firm of a push to the viewer's bank."""
    push = received_list(viewer=viewer, push_id=push_id)
    return (
        pushed_firms(viewer=viewer, push=push)
        .select_related("push__approved__white_list__house", "push__bank")
        .get(enterprise=enterprise_id)
    )


def answers_of(firm: PushedFirm) -> QuerySet[BankAnswer]:
    """What the bank said of a firm, the latest first; the caller was let in to the firm."""
    return firm.answers.select_related("answered_by__person", "loan").order_by("-answered_at", "-pk")


# --- the house's numbers -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Conversion:
    """What a bank made of a list: numbers alone; None where a number would tell of a firm."""

    push: Push
    pushed: int
    counts: counts.Counts


def conversions(made: WhiteList) -> list[Conversion]:
    """By bank how many firms it has answered how; the caller was let in to the list."""
    approved = getattr(made, "approved", None)
    if approved is None:
        return []
    pushes = list(approved.pushes.select_related("bank").order_by("bank__code"))
    numbers = said_by_push(pushes)
    fewest = filter_of_list(made).fewest_counted
    return [_conversion(push, numbers.get(push.pk, Counter()), fewest) for push in pushes]


def _conversion(push: Push, found: Counter[str], fewest: int) -> Conversion:
    whole = {name: found[name] for name in (OPEN, *BankAnswer.Kind.values)}
    return Conversion(push, sum(whole.values()), counts.told(whole, fewest, unanswered=OPEN))


def banks_to_push_to(made: WhiteList) -> QuerySet[Organisation]:
    """Banks that have not yet been given a list."""
    had = Push.objects.filter(approved__white_list=made).values("bank")
    return Organisation.objects.filter(kind=Organisation.Kind.BANK).exclude(pk__in=had).order_by("code")


# --- enterprises ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnStanding:
    """Where an enterprise stands: the list, why, to which banks it was told, and whether it asked to be taken off."""

    approved: ApprovedList
    candidate: Candidate
    change: HandChange | None
    pushed: tuple[PushedFirm, ...]
    wish: TakeOffWish | None

    @property
    def by_hand(self) -> bool:
        return self.candidate.answer != Candidate.Answer.IN


def own_standings(*, viewer: Membership) -> list[OwnStanding]:
    """The approved lists on which the viewer's own enterprise stands, the latest first. What a bank answered is not told."""
    firm = viewer.organisation
    if firm.kind != Organisation.Kind.ENTERPRISE:
        return []
    on_lists = ApprovedList.objects.filter(content__firms__contains=[{"enterprise": str(firm.pk)}])
    wishes = {one.house_id: one for one in own_wishes(viewer=viewer)}
    return [
        _own_standing(approved, firm, wishes.get(approved.white_list.house_id))
        for approved in on_lists.select_related("white_list__house").order_by("-approved_on", "-recorded_at")
    ]


def _own_standing(approved: ApprovedList, firm: Organisation, wish: TakeOffWish | None) -> OwnStanding:
    seen = approved.white_list.candidates.get(enterprise=firm)
    pushed = PushedFirm.objects.filter(push__approved=approved, enterprise=firm).select_related("push__bank")
    change = last_changes(approved.white_list).get(seen.pk)
    return OwnStanding(approved, seen, change, tuple(pushed.order_by("push__pushed_on")), wish)


def own_wishes(*, viewer: Membership) -> QuerySet[TakeOffWish]:
    """The wishes of the viewer's own enterprise that stand, the latest first."""
    own = TakeOffWish.objects.filter(enterprise=viewer.organisation, taken_back__isnull=True)
    return own.select_related("house", "said_by__person").order_by("-said_at")


def listing_house(*, viewer: Membership, list_id: UUID) -> Organisation:
    """The house on whose approved list the viewer's enterprise stands; ApprovedList.DoesNotExist for all others."""
    standing_there = ApprovedList.objects.filter(
        white_list=list_id, content__firms__contains=[{"enterprise": str(viewer.organisation_id)}]
    )
    return standing_there.select_related("white_list__house").get().white_list.house


# --- verify --------------------------------------------------------------------------------------------------------


def unmet(one: Candidate) -> list[str]:
    """The ids of the criteria that a candidate does not meet or of which nothing is known."""
    return [finding["id"] for finding in one.findings if finding["answer"] != Answer.YES.value]
