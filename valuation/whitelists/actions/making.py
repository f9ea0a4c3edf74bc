"""A house makes a list of its region from what is known, and changes the draft by hand with reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.published import region_name
from finance.parties.queries import enterprises
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.typed import words_problems
from kernel.work import jobs, outbox
from valuation.inputs import Application
from valuation.whitelists import queries, rules, shelf
from valuation.whitelists.gathering import Known, known_of
from valuation.whitelists.models import Candidate, HandChange, WhiteList

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from uuid import UUID

    from finance.parties.models import Membership, Organisation
    from kernel.work.models import JobRun
    from valuation.terms import Scorecard
    from valuation.whitelists.terms import Filter

MAKES = ("finance_bureau.officer", "ip_bureau.clerk")
MOST_REASON = 300


def look_at_region(*, by: Membership, filter_id: str, on: dt.date) -> JobRun:
    """Let a worker make a list: a region has many firms. Refused as `make_list` would be."""
    permit(by, *MAKES)
    rules_now, _ = _filter_for(by.organisation, filter_id, on)
    with transaction.atomic():
        job = jobs.queue(kind="whitelists.make", by=by, title=f"编制 {rules_now.title}（{on.isoformat()}）")
        payload = {"job": str(job.pk), "membership": str(by.pk), "filter": filter_id, "on": on.isoformat()}
        outbox.put(kind="whitelists.make", payload=payload, effect_key=f"whitelists.make:{job.pk}")
    return job


@in_chinese
@transaction.atomic
def make_list(
    *, by: Membership, filter_id: str, on: dt.date, used_on: dt.date | None = None,
    told: Callable[[int, int], None] | None = None,
) -> WhiteList:  # fmt: skip
    """Look at every firm of the house's region as of a day, and keep what was known and found of each.

    `used_on` is the day of the making, where that is later: a consent withdrawn between the two opens nothing. A firm that
    asked to be taken off is kept as such and takes no place. `told` hears how far it is. Refused: another seat, a filter
    that is not in force on the day or not written for the region, a region without firms.
    """
    permit(by, *MAKES)
    house = by.organisation
    rules_now, card = _filter_for(house, filter_id, on)
    firms = list(enterprises(viewer=by))
    if not firms:
        raise Refused(Problem("地区", f"{region_name(house.region)}没有企业", "企业备案后再编制", "no_firms"))
    made = WhiteList.objects.create(
        house=house, filter=rules_now.id, filter_text=rules_now.document, filter_sha256=rules_now.digest,
        card_text=card.document, card_sha256=card.digest, region=house.region, on=on, made_by=by.account,
    )  # fmt: skip
    use = used_on or on
    known: dict[str, Known] = {}
    found: dict[str, rules.Judged] = {}
    for number, firm in enumerate(firms, 1):
        known[str(firm.pk)] = one = known_of(house=house, enterprise=firm, on=on, used_on=use, card=card)
        found[str(firm.pk)] = rules.judged(rules_now, Application.from_plain(one.given, card))
        if told is not None:
            told(number, len(firms))
    _keep(made, rules_now, firms, known, found)
    summary = f"编制白名单 {made}：共看 {len(firms)} 户"
    record(by=by, verb="whitelist.make", subject=made, summary=summary, facts={"filter": rules_now.digest})
    return made


def _filter_for(house: Organisation, filter_id: str, on: dt.date) -> tuple[Filter, Scorecard]:
    offered = {one.id: one for one in shelf.filters_for(house.region, on)}
    if filter_id not in offered:
        wanted = "请从列表中选择" if offered else "没有适用于本地区、当日有效的办法"
        raise Refused(Problem("筛选办法", f"{filter_id or '未选择'} 不可用", wanted, "no_such_filter"))
    chosen = offered[filter_id]
    card = shelf.card_named(chosen.card)
    assert card is not None, "a sound filter names a card that is there"
    return chosen, card


def _keep(
    made: WhiteList,
    rules_now: Filter,
    firms: list[Organisation],
    known: dict[str, Known],
    found: dict[str, rules.Judged],
) -> None:
    wished = {str(pk) for pk in queries.wishes_to(made.house).values_list("enterprise", flat=True)}
    names = {
        rules.name_of(firm.name, str(firm.pk)): str(firm.pk) for firm in firms if str(firm.pk) not in wished
    }
    ranked = rules.ranked(rules_now, ((name, found[pk]) for name, pk in names.items()))
    answers = {names[name]: answer for name, answer in ranked.items()}
    places = {pk: place for place, (pk, answer) in enumerate(answers.items(), 1) if answer == rules.IN}
    Candidate.objects.bulk_create(
        Candidate(
            white_list=made,
            enterprise=firm,
            name=firm.name,
            credit_code=firm.credit_code,
            district=firm.district,
            answer=answers.get(pk, Candidate.Answer.WISHED),
            place=places.get(pk),
            near=pk in answers and rules.is_near(rules_now, found[pk]),
            given=known[pk].given,
            findings=found[pk].plain(),
            failed=len(found[pk].failed),
            unknown=len(found[pk].unknown),
            consents=list(known[pk].consents),
            withheld=list(known[pk].withheld),
        )
        for firm in firms
        for pk in [str(firm.pk)]
    )


@in_chinese
@transaction.atomic
def change_by_hand(
    *, by: Membership, list_id: UUID, enterprise_id: UUID, kind: str, reason: str
) -> HandChange:
    """Put a firm on a draft, or take one off, with a reason; the second person sees both.

    Refused: without a reason, a change that changes nothing, a firm that asked not to be listed, a list that is no draft.
    """
    permit(by, *MAKES)
    made = locked(by, list_id)
    firm = queries.candidate(viewer=by, list_id=list_id, enterprise_id=enterprise_id)
    stands = any(one.pk == firm.pk for one, _ in queries.standing(made))
    problems = [*reason_problems(reason), *_draft_problems(made)]
    if kind not in HandChange.Kind.values:
        problems.append(Problem("调整", kind[:20] or "未选择", "请选择列入或移出", "kind"))
    elif stands == (kind == HandChange.Kind.ADD):
        found = f"{firm.name}已在名单上" if stands else f"{firm.name}不在名单上"
        problems.append(Problem("调整", found, "不必调整", "changes_nothing"))
    if kind == HandChange.Kind.ADD and firm.answer == Candidate.Answer.WISHED:
        problems.append(Problem("调整", "该企业已要求不列入名单", "须由企业先撤回请求", "wished"))
    refuse_if_any(problems)
    change = HandChange.objects.create(
        white_list=made, candidate=firm, kind=kind, reason=reason.strip(), made_by=by.account
    )  # fmt: skip
    summary = f"{change.get_kind_display()} {firm.name}：{change.reason}"
    record(by=by, verb="whitelist.change", subject=made, summary=summary)
    return change


def locked(by: Any, list_id: Any) -> WhiteList:
    """One of the viewer's own lists, locked; WhiteList.DoesNotExist for everybody else."""
    seen = queries.white_list(viewer=by, list_id=list_id)
    return (
        WhiteList.objects.select_for_update(no_key=True, of=("self",)).select_related("house").get(pk=seen.pk)
    )


def reason_problems(reason: str, where: str = "理由") -> list[Problem]:
    return list(words_problems(where, reason, MOST_REASON))


def _draft_problems(made: WhiteList) -> list[Problem]:
    if made.state == WhiteList.State.DRAFT:
        return []
    return [Problem("名单", f"{made.get_state_display()}，不得再改", "须由复核人退回后再改", "not_a_draft")]
