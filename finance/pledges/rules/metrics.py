"""The vocabulary of the rule files: facts by name, in words that conditions compare. What is not known has no entry.

`told` says in the reader's words what a fact consists of (which terms are missing, who has not consented).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from finance.parties.rules import name_key
from kernel.days import WorkingCalendar, add_months
from kernel.sheets.cells import folded

from .book import RuleBook
from .facts import Filing, Mark, Owner, Pledge, Right
from .identifiers import right_key
from .terms import expiry, next_fee

METRICS = {
    "filing.both_apply": "双方共同申请",
    "filing.agent_used": "委托代理机构",
    "filing.foreign_party": "有在中国没有经常居所或营业所的外国当事人",
    "filing.foreign_papers": "有外文材料",
    "filing.third_party_pledgor": "出质人不是债务人",
    "filing.valued": "已作价值评估",
    "filing.licensed_before": "此前已许可他人使用",
    "filing.unfit": "审查员认为不宜登记",
    "filing.left_out": "未一并出质且写明理由的近似商标数",
    "contract.missing_terms": "缺少的必备条款数",
    "contract.forfeiture_clause": "约定不还款则权利归质权人",
    "contract.independence_clause": "约定担保独立于主合同",
    "contract.breaks_law": "合同违反法律的强制规定",
    "right.subtype": "权利类型",
    "right.transfer_restricted": "集体商标、证明商标或地理标志",
    "right.owner_matches": "出质人是登记簿上的权利人",
    "right.granted": "已授权或者注册",
    "right.ended": "权利已终止或被宣告无效",
    "right.fee_overdue": "年费逾期未缴",
    "right.suspended": "因权属纠纷中止程序",
    "right.preserved": "被法院保全",
    "right.disputed": "权属有争议",
    "right.outlived_by_debt": "债务期限晚于权利届满日",
    "right.expired": "期限届满且宽展期已过",
    "right.in_grace": "期限届满、在续展宽展期内",
    "right.renewal_filed": "已申请续展",
    "right.co_owned": "共有",
    "right.consents_missing": "未同意出质的共有人数",
    "right.agreement_lets_each": "共有人约定可各自出质",
    "right.running_pledge": "已有登记在册的质押",
    "right.same_day_invention": "同日申请了发明专利",
    "right.under_invalidation": "无效宣告程序进行中",
    "right.missing_siblings": "未一并出质的相同近似商标数",
    "right.compensated_after_same_day": "同日申请发明又有期限补偿",
    "right.number_type_fits": "号码中的种类与权利类型一致",
    "right.number_check_fits": "号码校验位相符",
    "right.number_year_late": "号码年份晚于申请日",
    "right.zl_without_grant": "号码带 ZL 而没有授权公告日",
    "pledge.published": "已在企业信用系统公示",
    "pledge.pledgor_is_enterprise": "出质人是企业",
    "pledge.registered": "质权已登记",
    "loan.repaid": "贷款已还清",
    "act.signed_by_both": "双方已签署或者盖章",
    "act.pledgee_consents": "质权人书面同意",
    "act.proceeds_settled": "价款已约定提前清偿或者提存",
    "act.registry_paper": "已上传登记机构出具的文书",
    "act.bundle_settled": "相同近似商标已一并列入或写明理由",
    "act.declared_by_both": "双方已声明知情并继续办理",
    "act.cured": "补正材料已齐",
    "act.cure_days_over": "补正期限已过",
    "act.period_over": "质权登记期限已届满",
    "act.before_period_end": "在质权登记期限届满之前",
    "act.guarantee_letter": "质权人出具书面保证函",
    "act.default": "债务人不履行债务或者发生约定情形",
    "act.end_proven": "已提交债权或者质权消灭的证明",
    "act.legal_opinion": "已有法律意见",
    "act.certificate_owed": "登记证还没有发出",
    "act.reissue_asked": "补发登记证的申请还没有答复",
}
"""Every fact that a rule file may ask for, in Chinese."""

DATES = {
    "right.fee_due": "年费缴纳期限末日",
    "right.fee_grace_end": "年费滞纳期末日",
    "right.expires": "权利届满日",
    "right.preserved_until": "保全到期日",
    "right.last_used": "最近使用日",
    "pledge.registered": "质权登记日",
    "pledge.registered_until": "质权登记期限届满日",
    "loan.limitation": "诉讼时效起算日（债务期满日，有中断的为最后一次中断之日）",
    "pledge.proceeds_due": "质物转让、许可价款应到之日（最早一笔未见到账的）",
}
"""Every day that a watch may count from."""

RESTRICTED_MARKS = ("collective", "certification", "geographical")


@dataclass
class Known:
    """Facts as conditions read them, what they consist of, and the days to count from.

    `unsure`: by the name of a day what is not known and may move it, by the name of a fact what makes it possible, no more.
    """

    values: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    days: dict[str, dt.date] = field(default_factory=dict)
    provisional: set[str] = field(default_factory=set)
    unsure: dict[str, str] = field(default_factory=dict)

    def say(self, name: str, value: bool | int | str | None, told: str = "") -> None:
        """State a fact; of one that is not known (None) only why."""
        assert name in METRICS, name
        if told:
            self.told[name] = told
        if value is not None:
            self.values[name] = ("true" if value else "false") if isinstance(value, bool) else str(value)

    def may_be(self, name: str, unsure: str) -> None:
        """A fact that is not known may be true, by what is told."""
        assert name in METRICS, name
        self.unsure[name] = unsure

    def possibly(self, names: Iterable[str]) -> tuple[dict[str, str], str]:
        """The values with those facts true that may be so, and by what is told of them."""
        may_be = {
            name: self.unsure[name] for name in names if name in self.unsure and name not in self.values
        }
        return self.values | dict.fromkeys(may_be, "true"), "；".join(dict.fromkeys(may_be.values()))

    def name_day(
        self, name: str, day: dt.date | None, *, provisional: bool = False, unsure: str = ""
    ) -> None:
        assert name in DATES, name
        if day is None:
            return
        self.days[name] = day
        if provisional:
            self.provisional.add(name)
        if unsure:
            self.unsure[name] = unsure

    def __or__(self, other: Known) -> Known:
        return Known(
            self.values | other.values,
            self.told | other.told,
            self.days | other.days,
            self.provisional | other.provisional,
            self.unsure | other.unsure,
        )


def known_of_filing(book: RuleBook, filing: Filing) -> Known:
    """What is known of an application and its contract as a whole."""
    known, contract = Known(), filing.contract
    known.say("filing.both_apply", filing.both_apply)
    known.say("filing.agent_used", filing.agent_used)
    known.say("filing.foreign_party", filing.foreign_party)
    known.say("filing.foreign_papers", filing.foreign_papers)
    known.say("filing.third_party_pledgor", filing.third_party_pledgor)
    known.say("filing.valued", filing.valued)
    known.say("filing.licensed_before", filing.licensed_before)
    known.say("filing.unfit", bool(filing.unfit), filing.unfit)
    left_out = [f"{number}（{reason}）" for number, reason in filing.left_out.items() if reason.strip()]
    known.say("filing.left_out", len(left_out), "、".join(left_out))
    if contract.terms is not None:
        missing = [t.title for t in book.contract_terms if t.mandatory and t.id not in contract.terms]
        known.say("contract.missing_terms", len(missing), "、".join(missing))
    known.say("contract.forfeiture_clause", contract.forfeiture_clause)
    known.say("contract.independence_clause", contract.independence_clause)
    known.say("contract.breaks_law", contract.breaks_law)
    return known


def known_of_right(book: RuleBook, right: Right, on: dt.date, calendar: WorkingCalendar) -> Known:
    """What is known of a right on a day, by itself."""
    known = Known()
    known.say("right.subtype", right.subtype)
    known.say(
        "right.transfer_restricted", None if right.subtype is None else right.subtype in RESTRICTED_MARKS
    )
    known.say("right.granted", _granted(right, on))
    known.say("right.ended", None if right.status is None else right.status in ("ended", "invalidated"))
    known.say("right.suspended", right.suspended)
    known.say("right.preserved", _preserved(right, on))
    known.say("right.disputed", right.disputed)
    known.say("right.same_day_invention", right.same_day_invention)
    known.say("right.under_invalidation", right.under_invalidation)
    known.say("right.renewal_filed", right.renewal_filed)
    if right.pledges is not None:
        running = [pledge.number for pledge in right.pledges if pledge.runs_on(on)]
        known.say("right.running_pledge", bool(running), "、".join(running))
    if right.same_day_invention is not None and right.subtype == "invention":
        known.say(
            "right.compensated_after_same_day", right.same_day_invention and right.expires_on is not None
        )
    known.name_day("right.preserved_until", right.preserved_until)
    known.name_day("right.last_used", right.last_used_on)
    _say_fees(known, book, right, on, calendar)
    _say_term(known, book, right, on)
    return known


def known_of_pledged(book: RuleBook, right: Right, filing: Filing, on: dt.date) -> Known:
    """What is known of a right as part of an application on a day: its owners, the debt beside its term, its siblings."""
    known = Known()
    if right.owners is not None:
        names, pledgor = [owner.name for owner in right.owners], name_key(filing.pledgor)
        others = [owner for owner in right.owners if name_key(owner.name) != pledgor]
        is_owner = len(others) < len(names)
        matches = is_owner or filing.name_proven is True
        known.say("right.owner_matches", matches, f"登记簿上的权利人：{'、'.join(names)}")
        known.say("right.co_owned", len({name_key(name) for name in names}) > 1)
        if is_owner:
            known.say("right.agreement_lets_each", right.agreement_lets_each)
            by = filing.handed_in_on or on
            against = [owner for owner in others if owner.consents_by(by) is False]
            if against or all(owner.consents for owner in others):
                known.say("right.consents_missing", len(against), "、".join(map(_who_not, against)))
    last = expiry(book, right)
    if last and filing.contract.debt_ends_on:
        told = f"债务至 {filing.contract.debt_ends_on}，权利至 {last.last_day}"
        told = "；".join((told, last.unsure)) if last.bound else told
        known.say("right.outlived_by_debt", last.over(filing.contract.debt_ends_on), told)
        if last.may_be_over(filing.contract.debt_ends_on):
            known.may_be("right.outlived_by_debt", last.unsure)
    if filing.owner_marks is not None and right.mark:
        reasoned = {right_key(number) for number, reason in filing.left_out.items() if reason.strip()}
        listed = reasoned | {right_key(other.number) for other in filing.rights}
        siblings = [mark for mark in filing.owner_marks if are_siblings(right.mark, mark)]
        missing = [
            f"{mark.number}（{mark.words}）" for mark in siblings if right_key(mark.number) not in listed
        ]
        known.say("right.missing_siblings", len(missing), "、".join(missing))
    return known


def _who_not(owner: Owner) -> str:
    """An owner who has not consented, or not yet."""
    return f"{owner.name}（{owner.consented_on} 才同意）" if owner.consents else owner.name


def known_of_pledge(pledge: Pledge) -> Known:
    """What is known of a registered pledge and its loan."""
    known = Known()
    known.say("pledge.registered", pledge.registered_on is not None)
    known.say("pledge.published", pledge.published)
    known.say("pledge.pledgor_is_enterprise", pledge.pledgor_is_enterprise)
    known.say("loan.repaid", pledge.loan_repaid)
    known.name_day("pledge.registered", pledge.registered_on)
    known.name_day("pledge.registered_until", pledge.registered_until)
    known.name_day("loan.limitation", pledge.limitation_from or pledge.loan_ends_on)
    known.name_day("pledge.proceeds_due", pledge.proceeds_due_on)
    return known


def together(parts: Iterable[Known]) -> Known:
    return reduce(or_, parts, Known())


def are_siblings(one: Mark, other: Mark) -> bool:
    """Identical or similar marks on identical or similar goods, so that they go together (bundle rule).

    Similar: put into one family by an examiner, or the words of one hold those of the other. Goods: a similar group in
    common; where one of them has no groups stated, a class.

    >>> abc = Mark("1", "ABC", frozenset({9}))
    >>> [are_siblings(abc, other) for other in (Mark("2", "abc-logo", frozenset({9})), Mark("3", "ABC", frozenset({30})))]
    [True, False]
    """
    if right_key(one.number) == right_key(other.number):
        return False
    words, others = _letters(one.words), _letters(other.words)
    similar = bool(one.family and one.family == other.family) or bool(
        words and others and (words in others or others in words)
    )
    if one.similar_groups and other.similar_groups:
        return similar and bool(one.similar_groups & other.similar_groups)
    return similar and bool(one.classes & other.classes)


def _letters(words: str) -> str:
    return re.sub(r"[\W_]+", "", folded(words)).casefold()


def _granted(right: Right, on: dt.date) -> bool | None:
    since = right.granted_on or (right.registered_on if right.kind == "trademark" else None)
    if since is not None:
        return since <= on
    return None if right.status is None else right.status != "pending"


def _preserved(right: Right, on: dt.date) -> bool | None:
    if right.preserved and right.preserved_until is not None:
        return on <= right.preserved_until
    return right.preserved


def _say_fees(known: Known, book: RuleBook, right: Right, on: dt.date, calendar: WorkingCalendar) -> None:
    due = next_fee(book, right, calendar)
    if due is None:
        if right.filed_on and right.fees_paid_through is not None:
            known.say("right.fee_overdue", False)
        return
    known.say("right.fee_overdue", due.overdue(on), "；".join(due.working))
    known.name_day("right.fee_due", due.payable_until, provisional=due.provisional)
    known.name_day("right.fee_grace_end", due.grace_ends_on, provisional=due.provisional)
    if due.lapsed(on):
        told = f"第{due.year}年度年费滞纳期至 {due.grace_ends_on} 仍未缴，权利自 {due.due_on} 起终止"
        known.say("right.ended", True, told)


def _say_term(known: Known, book: RuleBook, right: Right, on: dt.date) -> None:
    last = expiry(book, right)
    if last is None:
        return
    known.name_day("right.expires", last.last_day, unsure=last.unsure)
    if book.renewal is None:
        known.say("right.expired", last.over(on), "；".join((*last.working, *last.warnings)))
        if last.may_be_over(on):
            known.may_be("right.expired", last.unsure)
        return
    over = last.last_day < on
    grace_ends = add_months(last.last_day, book.renewal.grace_months)
    told = f"有效期至 {last.last_day}，宽展期至 {grace_ends}"
    renewed = right.renewal_filed is True
    known.say("right.in_grace", over and on <= grace_ends and not renewed, told)
    known.say("right.expired", grace_ends < on and not renewed, told)
