"""A person states a fact that the platform cannot compute; a second one of the same house confirms it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from finance.loans.models import Loan
from finance.parties.models import Organisation
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.expressions import exact_decimal
from kernel.money import fen_from_yuan
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval
from kernel.work.outbox import put
from riskpool.pools import metrics, queries
from riskpool.pools.actions.locking import PREPARES, SIGNS, Seat, lock_pool, not_in_the_future
from riskpool.pools.models import Agreement, Enrolment, Pool
from riskpool.pools.monitoring import StatedFact
from riskpool.schemes.words import AS_FILES_WRITE_IT, YES_NO

if TYPE_CHECKING:
    from uuid import UUID

    from riskpool.pools.catalogue import Entry

MAKERS = {"bank": "bank.maker", "bureau": PREPARES}
CHECKERS = {"bank": "bank.checker", "bureau": SIGNS}


@dataclass(frozen=True)
class FactTerms:
    """What is stated: the metric, its value as text (yuan, share of one, true or false), of which subject, about which day,
    with its source and how well it was seen."""

    name: str
    value: str
    about: dt.date
    source_text: str
    mark: str
    agreement: Agreement | None = None
    borrower: Organisation | None = None
    loan: Loan | None = None


def side_of(viewer: Any, pool: Pool) -> str:
    """As what the viewer's house states facts to a pool: `bank`, `bureau`, or "" for nobody who may."""
    if viewer.organisation.kind == queries.BANK:
        own = queries.agreements(viewer=viewer).filter(pool=pool)
        return "bank" if own.exists() else ""
    return "bureau" if queries.has_seat(viewer=viewer, pool=pool, seats=(Seat.BUREAU,)) else ""


@in_chinese
def propose_fact(*, by: Any, pool: Pool, terms: FactTerms, on: dt.date) -> Approval:
    """Ask a second person of one's own house to state a fact; every fault is told at once. Another's pool does not exist."""
    side = side_of(by, pool)
    if not side:
        raise Pool.DoesNotExist
    permit(by, MAKERS[side])
    entry = metrics.catalogue().entry(terms.name)
    terms = replace(terms, value=value_typed(entry, terms.value))
    problems = _faults(entry, terms, side, on)
    if not problems:
        problems = _subject_faults(by, pool, entry, terms)
    refuse_if_any(problems)
    command = {
        "pool": str(pool.pk),
        "name": terms.name,
        "value": terms.value,
        "about": terms.about.isoformat(),
        "source_text": terms.source_text.strip(),
        "mark": terms.mark,
        **{
            key: str(one.pk) if (one := getattr(terms, key)) else None
            for key in ("agreement", "borrower", "loan")
        },
    }
    subject = terms.agreement or terms.borrower or terms.loan or pool
    summary = f"{entry.title}：{metrics_shown(entry, terms.value)}（{subject}，{terms.about}）"
    return ask(by=by, kind="pools.state_fact", command=command, subject=subject, summary=summary)


def metrics_shown(entry: Entry, value: str) -> str:
    """A value with its unit as it is read in a sentence."""
    if entry.unit == "yes_no":
        return YES_NO.get(value, value)
    return f"{value} 元" if entry.unit == "yuan" else value


def value_typed(entry: Entry, text: str) -> str:
    """A value as schemes write it, from what a person has typed: 是 and 否 are their true and false."""
    text = text.strip()
    return AS_FILES_WRITE_IT.get(text, text) if entry.unit == "yes_no" else text


def _faults(entry: Entry, terms: FactTerms, side: str, on: dt.date) -> list[Problem]:
    problems = not_in_the_future("所属日期", terms.about, on)
    if not entry.is_stated:
        problems.append(Problem("事实", f"{entry.title}由平台计算", "不能陈述，请核对基础数据", "computed"))
    elif side not in entry.stated_by:
        problems.append(Problem("事实", f"{entry.title}不由本机构陈述", "请由有权机构陈述", "not_ours"))
    if not terms.source_text.strip():
        problems.append(Problem("出处", "未填写", "请写明文件、报表或页码", "required"))
    elif len(terms.source_text.strip()) > 200:
        problems.append(Problem("出处", "超过 200 字", "请缩短", "too_long"))
    if terms.mark not in StatedFact.Mark.values:
        problems.append(Problem("证据标记", f"“{terms.mark}”", "请从列表选择", "choice"))
    return problems + value_faults(entry, terms.value)


def value_faults(entry: Entry, value: str) -> list[Problem]:
    """What is wrong with a value of this unit as it was typed."""
    if not value or len(value) > 60:
        return [Problem("数值", "为空" if not value else "超过 60 字", "请填写", "required")]
    if entry.unit == "yes_no":
        wrong = value not in ("true", "false")
        return [Problem("数值", f"“{value}”", "填写 是 或 否", "yes_no")] if wrong else []
    if entry.unit == "class":
        return []
    if entry.unit == "yuan":
        try:
            negative = fen_from_yuan(value, "数值") < 0
        except Refused as refused:
            return list(refused.problems)
        return [Problem("数值", f"{value} 为负数", "请填写不小于零的金额", "negative")] if negative else []
    exact = exact_decimal(value)
    if exact is None or exact < 0:
        return [Problem("数值", f"“{value}”不是非负小数", "请填写普通小数，例如 0.0125", "decimal")]
    if entry.unit == "rate" and exact > 1:
        return [Problem("数值", f"{value} 大于 1", "比率以 1 为 100%，例如 1.25% 填 0.0125", "rate")]
    return []


def _subject_faults(by: Any, pool: Pool, entry: Entry, terms: FactTerms) -> list[Problem]:
    """The subject must be the one kind the entry asks for, and stand in this pool where the asker may see it."""
    given = {key: getattr(terms, key) for key in ("agreement", "borrower", "loan") if getattr(terms, key)}
    wanted = set() if entry.subject == "pool" else {entry.subject}
    label = StatedFact.Subject(entry.subject).label
    if set(given) != wanted:
        return [Problem("关于", "与事实的对象不符", f"“{entry.title}”只关于{label}", "subject")]
    seen = queries.enrolments(viewer=by).filter(agreement__pool=pool)
    stands = {
        "agreement": lambda one: queries.agreements(viewer=by).filter(pool=pool, pk=one.pk).exists(),
        "borrower": lambda one: seen.filter(loan__borrower=one.pk).exists(),
        "loan": lambda one: seen.filter(loan=one.pk).exists(),
    }
    return [
        Problem("关于", f"{one}不在这个资金池", "请选择在池的", "foreign")
        for key, one in given.items()
        if not stands[key](one)
    ]


@executes("pools.state_fact")
def _state_fact(approval: Approval, by: Any) -> StatedFact:
    command = approval.command
    pool = Pool.objects.get(pk=command["pool"])
    side = side_of(by, pool)
    if not side:
        raise Pool.DoesNotExist
    permit(by, CHECKERS[side])
    lock_pool(pool.pk)
    entry = metrics.catalogue().entry(command["name"])
    if not entry.is_stated or side not in entry.stated_by:
        raise Refused(Problem("事实", f"{entry.title}现在不由本机构陈述", "请撤回", "not_ours"))
    fact = StatedFact.objects.create(
        name=command["name"],
        subject=entry.subject,
        pool=pool,
        agreement_id=command["agreement"],
        borrower_id=command["borrower"],
        loan_id=command["loan"],
        value=command["value"],
        about=dt.date.fromisoformat(command["about"]),
        source_text=command["source_text"],
        mark=command["mark"],
        stated_by_id=by.organisation_id,
        approval=approval,
        recorded_by=by.account,
    )
    if concerned(fact):
        put(kind="pools.fact_stated", payload={"fact": fact.pk}, effect_key=f"fact:{fact.pk}")
    record(
        by=by, verb="fact.state", subject=fact.agreement or fact.borrower or fact.loan or pool,
        summary=approval.summary, facts={"fact": fact.pk},
    )  # fmt: skip
    return fact


def concerned(fact: StatedFact) -> list[UUID]:
    """The live loans of the pool whose exposure may move by a fact."""
    rows = Enrolment.objects.filter(agreement__pool=fact.pool_id, state=Enrolment.State.LIVE)
    if fact.loan_id:
        rows = rows.filter(loan=fact.loan_id)
    elif fact.borrower_id:
        rows = rows.filter(loan__borrower=fact.borrower_id)
    elif fact.agreement_id:
        rows = rows.filter(agreement=fact.agreement_id)
    return list(rows.order_by("pk").values_list("loan", flat=True))
