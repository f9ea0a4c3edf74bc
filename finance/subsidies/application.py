"""One application under one policy, from its conditions to its limits, on the way to a `Result` (7.4 to 7.9). Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from finance.subsidies.conditions import judge
from finance.subsidies.facts import Case
from finance.subsidies.lines import (
    COUNTED_OUT,
    LOST,
    PAID,
    UNCOMPUTED,
    Draft,
    LineReading,
    Trace,
    claimed,
    computable,
)
from finance.subsidies.rates import PARAMETER, Reader, Series, Waiting
from finance.subsidies.results import (
    Assumption,
    Given,
    LimitTaken,
    LineResult,
    Missing,
    NotComputable,
    Reason,
    Result,
    Status,
)
from finance.subsidies.terms import (
    APPLICATION_YEAR,
    CALENDAR_YEAR,
    CEILING,
    DATES,
    LIFETIME,
    AllOf,
    AnyOf,
    ByCase,
    Condition,
    FactTest,
    Limit,
    Line,
    Not,
    Policy,
    RateTest,
    Remarks,
    count_key,
)
from kernel.conditions import Answer
from kernel.errors import Problem
from kernel.money import yuan_text


class Application:
    """Evaluated alone up to the exclusive choice as soon as it is made; counts and limits come from the batch."""

    def __init__(self, policy: Policy, case: Case, series: Series) -> None:
        self.policy = policy
        self.case = case
        self.series = series
        self.reader = Reader(case, series)
        self.trace: Trace = []
        self.drafts: list[Draft] = []
        self.taken: list[LimitTaken] = []
        self.lost: list[Reason] = []
        self.counted_out: list[Reason] = []
        self.judged = [(condition, judge(condition, self.reader)) for condition in policy.eligibility]
        self.status = self._status()
        if self.status is Status.ELIGIBLE:
            self._work_out_lines()

    def _status(self) -> Status:
        answers = {found.answer for _, found in self.judged}
        if Answer.NO in answers:
            return Status.INELIGIBLE
        if Answer.UNKNOWN in answers:
            return Status.UNKNOWN
        return Status.PENDING if Answer.PENDING in answers else Status.ELIGIBLE

    def _work_out_lines(self) -> None:
        self.drafts = [
            LineReading(line, self.reader, self.trace).work_out()
            for line in self.policy.lines
            if claimed(line, self.case)
        ]
        if any(draft.lacks for draft in self.drafts):
            self.status = Status.UNKNOWN
        elif any(draft.waits for draft in self.drafts):
            self.status = Status.PENDING
        else:
            self._grant()
            self._choose()

    def draft(self, line: Line) -> Draft | None:
        if self.status is not Status.ELIGIBLE:
            return None
        return next((draft for draft in self.drafts if draft.line.id == line.id), None)

    def _grant(self) -> None:
        """The officer's figures take the place of the ceilings they stand under."""
        for line_id, fen in self.case.granted.items():
            where = f"granted.{line_id}"
            draft = next((draft for draft in self.drafts if draft.line.id == line_id), None)
            if draft is None or draft.state != PAID:
                found = f"没有可以核定的项目“{line_id}”"
                self.reader.problems.append(
                    Problem(where, found, "只填本次算出金额的项目", "granted_nothing")
                )
            elif draft.line.discretion != CEILING:
                wanted = "只有写明“最高”“不超过”的项目由经办人填金额"
                self.reader.problems.append(
                    Problem(where, "这一项按公式计算，不由人填", wanted, "granted_fixed")
                )
            elif fen > draft.capped:
                found = f"{yuan_text(fen)} 元高于最高可核定的 {yuan_text(draft.capped)} 元"
                self.reader.problems.append(Problem(where, found, "填不超过最高额的金额", "granted_above"))
            else:
                draft.granted = draft.amount = fen
                self.trace.append(("granted", line_id, {"most": draft.capped, "amount": fen}))

    def _choose(self) -> None:
        """Of lines that exclude each other the highest stays, at a tie the first in `one_of`."""
        for exclusive in self.policy.exclusive:
            rivals = [
                draft
                for line_id in exclusive.one_of
                for draft in self.drafts
                if draft.line.id == line_id and draft.state == PAID and draft.amount > 0
            ]
            best = max(rivals, key=lambda draft: draft.amount, default=None)
            for draft in rivals:
                if draft is not best:
                    assert best is not None
                    draft.state = LOST
                    ref = exclusive.remarks.ref
                    self.lost.append(
                        Reason(
                            draft.line.id,
                            "",
                            exclusive.reason,
                            draft.line.id,
                            (),
                            ref,
                            _assumed(exclusive.remarks),
                        )
                    )
                    figures = {"amount": draft.amount, "winner": best.line.id, "best": best.amount}
                    self.trace.append(("exclusive", draft.line.id, figures))

    def count_out(self, draft: Draft) -> None:
        count = draft.line.count
        assert count is not None
        draft.state = COUNTED_OUT
        words = f"同一范围内只补助{count.most}笔，取金额最高的"
        self.counted_out.append(Reason(count_key(draft.line), "", words, draft.line.id))
        self.trace.append(("count", draft.line.id, {"times": count.most, "amount": draft.amount}))

    # --- limits ------------------------------------------------------------------------------------------------

    def take_limits(self, start: Mapping[str, int]) -> None:
        """The limits in file order; their lines take from what is left in the order of `over`."""
        self.start = dict(start)
        if self.status is not Status.ELIGIBLE:
            return
        by_id = {draft.line.id: draft for draft in self.drafts if draft.state == PAID}
        cut: dict[str, int] = {}
        for limit in self.policy.limits:
            left = None if limit.most_fen is None else max(0, limit.most_fen - start[limit.id])
            for line_id in limit.over:
                draft = by_id.get(line_id)
                if draft is None or left is None:
                    continue
                before, draft.amount = draft.amount, min(draft.amount, left)
                if before > draft.amount:
                    draft.bound_by.append(f"limit:{limit.id}")
                    cut[limit.id] = cut.get(limit.id, 0) + before - draft.amount
                figures = {
                    "limit": limit.id,
                    "most": limit.most_fen,
                    "used": start[limit.id],
                    "window": limit.window,
                }
                figures |= {"left": left, "before": before, "amount": draft.amount}
                self.trace.append(("limit", line_id, figures))
                left -= draft.amount
        self.taken = [
            LimitTaken(
                limit.id,
                limit.scope,
                limit.window,
                window_key(self.policy, limit.window, self.reader),
                limit.most_fen,
                start[limit.id],
                self.paid_under(limit),
                cut.get(limit.id, 0),
            )
            for limit in self.policy.limits
            if any(line_id in by_id for line_id in limit.over)
        ]

    def paid_under(self, limit: Limit) -> int:
        if self.status is not Status.ELIGIBLE:
            return 0
        return sum(
            draft.amount for draft in self.drafts if draft.state == PAID and draft.line.id in limit.over
        )

    def pays(self, line: Line) -> bool:
        draft = self.draft(line)
        return draft is not None and draft.state == PAID and draft.amount > 0

    # --- the result --------------------------------------------------------------------------------------------

    def result(self, used: Mapping[str, int]) -> Result:
        """The answer, with what replays it alone: a line lost to a count of the batch is lost again."""
        counts = {
            count_key(line): line.count.most
            if (draft := self.draft(line)) is not None and draft.state == COUNTED_OUT
            else used.get(count_key(line), 0)
            for line in self.policy.lines
            if line.count is not None
        }
        given = Given(self.policy, self.case, self.series, self.start | counts, self.reader)
        decided = self.status is Status.ELIGIBLE
        failed = [
            self._reason(condition, draft.line.id)
            for draft in self.drafts
            if decided
            for condition in draft.failed
        ]
        lost = (*failed, *self.lost, *self.counted_out) if decided else ()
        reasons, keys, missing, waits = self.why(lost)
        return Result(
            policy=self.policy.id,
            status=self.status,
            lines=tuple(_line_result(draft) for draft in self.drafts if draft.state != UNCOMPUTED) if decided else (),
            keys=keys,
            reasons=reasons,
            lost=lost,
            missing=missing,
            waits_for=waits,
            limits=tuple(self.taken),
            parameters=tuple(dict.fromkeys(self.reader.rows.values())),
            assumptions=tuple(self._assumptions()),
            not_computable=tuple(
                NotComputable(line.id, line.payee, tuple(each.reason for each in line.requires), line.remarks.note)
                for line in self.policy.lines
                if not computable(line)
            ),
            legal_status=self.policy.legal_status,
            trace=tuple(self.trace),
            given=given,
        )  # fmt: skip

    def why(
        self, lost: tuple[Reason, ...]
    ) -> tuple[tuple[Reason, ...], tuple[str, ...], tuple[Missing, ...], tuple[Waiting, ...]]:
        """Reasons, their keys in the order of 7.4, what is missing, what is waited for."""
        asked = {Status.INELIGIBLE: Answer.NO, Status.UNKNOWN: Answer.UNKNOWN, Status.PENDING: Answer.PENDING}
        if self.status is Status.ELIGIBLE:
            return (), tuple(reason.key for reason in lost), (), ()
        open_ones = [(each, found) for each, found in self.judged if found.answer is asked[self.status]]
        reasons = tuple(self._reason(condition, "") for condition, _ in open_ones)
        if self.status is Status.INELIGIBLE:
            return reasons, tuple(reason.key for reason in reasons), (), ()
        if self.status is Status.PENDING:
            waits = [wait for _, found in open_ones for wait in found.waits]
            waits += [wait for draft in self.drafts for wait in draft.waits]
            return reasons, (PARAMETER,), (), tuple(dict.fromkeys(waits))
        needed: dict[str, list[str]] = {}
        for condition, found in open_ones:
            for path in found.missing:
                needed.setdefault(path, []).append(condition.id)
        keys = [condition.id for condition, _ in open_ones]
        for draft in self.drafts:
            for part, paths in draft.lacks.items():
                keys.append(f"{draft.line.id}.{part}")
                for path in paths:
                    needed.setdefault(path, []).append(draft.line.id)
        missing = tuple(Missing(path, tuple(dict.fromkeys(by))) for path, by in needed.items())
        return reasons, tuple(dict.fromkeys(keys)), missing, ()

    def _reason(self, condition: Condition, line: str) -> Reason:
        key = f"{line}.{condition.id}" if line else condition.id
        found = tuple(dict.fromkeys(self._found(condition)))
        remarks = condition.remarks
        return Reason(key, condition.id, condition.reason, line, found, remarks.ref, _assumed(remarks))

    def _found(self, condition: Condition) -> Iterator[tuple[str, Any]]:
        match condition.test:
            case FactTest(fact=path, op=op, value=value):
                yield path, self._stated(path)
                if op.endswith("_fact"):
                    yield str(value), self._stated(str(value))
            case RateTest(left=left, right=right):
                for name, rate in (("left", left), ("right", right)):
                    exact = self.reader.rate(rate).exact
                    yield name, None if exact is None else str(exact)
            case AllOf(parts=parts) | AnyOf(parts=parts):
                for part in parts:
                    yield from self._found(part)
            case Not(part=part):
                yield from self._found(part)

    def _stated(self, path: str) -> Any:
        return self.case.facts.get(path, self.case.assumed.get(path))

    def _assumptions(self) -> Iterator[Assumption]:
        """What the result rests on that is not in the text: items marked as assumed, and facts that were filled in."""
        for path in self.reader.assumed:
            yield Assumption(path, "fact")
        for condition in self.policy.eligibility:
            yield from _marked(condition.id, condition.remarks)
        lines = [draft.line for draft in self.drafts if draft.state != UNCOMPUTED]
        for line in lines:
            yield from _marked(line.id, line.remarks)
            for condition in line.requires:
                yield from _marked(f"{line.id}.{condition.id}", condition.remarks)
            for place, bound in enumerate(line.bounds):
                yield from _marked(f"{line.id}.bounds[{place}]", bound.remarks)
            if isinstance(line.factor, ByCase):
                for place, entry in enumerate(line.factor.entries):
                    yield from _marked(f"{line.id}.factor.case[{place}]", entry.remarks)
        names = {line.id for line in lines}
        for limit in self.policy.limits:
            if names & set(limit.over):
                yield from _marked(limit.id, limit.remarks)


def window_key(policy: Policy, window: str, reader: Reader) -> str:
    """The year a window of this application is, or `lifetime`; empty where the date that names it is not stated."""
    if window == LIFETIME:
        return LIFETIME
    name = policy.effective.picked_by
    by_application = window == APPLICATION_YEAR or name == CALENDAR_YEAR
    day = reader.day("application_date" if by_application else DATES[name])
    return "" if day is None else str(day.year)


def _line_result(draft: Draft) -> LineResult:
    line = draft.line
    paid = draft.amount if draft.state == PAID else 0
    return LineResult(
        id=line.id,
        payee=line.payee,
        state=draft.state,
        raw=draft.raw,
        bounded_fen=draft.bounded,
        capped_fen=draft.capped,
        granted_fen=draft.granted,
        paid_fen=paid,
        discretion=line.discretion,
        bound_by=tuple(draft.bound_by),
        wants_figure=line.discretion == CEILING and draft.granted is None and paid > 0,
        once_per=line.once_per,
    )


def _assumed(remarks: Remarks) -> bool:
    return remarks.is_assumed or bool(remarks.assumed)


def _marked(where: str, remarks: Remarks) -> Iterator[Assumption]:
    if remarks.is_assumed:
        yield Assumption(where, "item")
    for words in remarks.assumed:
        yield Assumption(where, words)
