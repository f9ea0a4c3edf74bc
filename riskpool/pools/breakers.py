"""Stop-loss lines of the schemes that a pool's agreements follow: their value on a day, met or not, since when, what then.

A line on a bank's metric stands for each agreement, any other for the pool as a whole. What is judged is the exact value
from its source; each look is kept (`BreakerState`), and the dates are read from the looks. Effects: `warn` tells,
`suspend_new` keeps out loans lent from the day the line was met, `suspend_claims` defers claims until it is lifted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from kernel.conditions import COMPARISONS, Answer, judge
from kernel.expressions import exact_decimal
from kernel.policystore.models import PolicyVersion
from riskpool.pools import metrics, queries, rules
from riskpool.pools.models import AdoptedScheme, Agreement, Enrolment
from riskpool.pools.monitoring import BreakerState
from riskpool.pools.versions import procedure_of, scheme_of
from riskpool.schemes.words import YES_NO

if TYPE_CHECKING:
    from riskpool.pools.catalogue import Entry
    from riskpool.pools.models import Pool
    from riskpool.schemes.terms import Scheme, StopLoss

EFFECTS = {"warn": "预警", "suspend_new": "暂停新增入池", "suspend_claims": "暂停补偿（暂缓办理）"}
IN_WORDS = {">=": "达到", ">": "超过", "<=": "不超过", "<": "低于", "==": "等于", "!=": "不等于"}


@dataclass(frozen=True)
class Line:
    """One stop-loss line of one scheme version, for one agreement or (agreement None) for a whole pool."""

    pool: Pool
    agreement: Agreement | None
    version: PolicyVersion
    scheme: Scheme
    terms: StopLoss

    @property
    def entry(self) -> Entry:
        return metrics.catalogue().entry(self.terms.condition.metric)

    @property
    def effect(self) -> str:
        return EFFECTS[self.terms.action]

    @property
    def article(self) -> str:
        """Where the line stands."""
        number = f"（{self.scheme.doc_no}）" if self.scheme.doc_no else ""
        return f"{self.version.title}{number} 止损线 {self.terms.id}"

    @property
    def told(self) -> str:
        """The line in words."""
        condition = self.terms.condition
        return f"{self.entry.title}{IN_WORDS[condition.op]}{shown(condition.value, self.entry.unit)}"

    @property
    def whose(self) -> str:
        return self.agreement.bank.short_name if self.agreement else self.pool.name

    def asked(
        self, on: dt.date, known_at: dt.datetime | None = None, read: dict[Any, Any] | None = None
    ) -> metrics.Asked:
        return metrics.Asked(
            pool=self.pool, on=on, known_at=known_at, agreement=self.agreement, version=self.version,
            read={} if read is None else read,
        )  # fmt: skip


@dataclass(frozen=True)
class Look:
    """A line on a day: its value (or why it is unknown), whether it is met, since when, and when it was last lifted."""

    line: Line
    on: dt.date
    value: metrics.Value | metrics.Unknown
    met: bool | None
    since: dt.date | None = None
    lifted_on: dt.date | None = None

    @property
    def known(self) -> bool:
        return isinstance(self.value, metrics.Value)

    @property
    def value_shown(self) -> str:
        return shown(self.value.text, self.line.entry.unit) if isinstance(self.value, metrics.Value) else ""

    @property
    def threshold_shown(self) -> str:
        return shown(self.line.terms.condition.value, self.line.entry.unit)

    @property
    def distance(self) -> Fraction | None:
        """(threshold - value) / threshold, exact; None for a line of no amount, or one that is met from below."""
        condition = self.line.terms.condition
        threshold = exact_decimal(condition.value)
        value = exact_decimal(self.value.text) if isinstance(self.value, metrics.Value) else None
        if value is None or not threshold or condition.op not in (">=", ">"):
            return None
        return (threshold - value) / threshold

    @property
    def distance_shown(self) -> str:
        distance = self.distance
        return "" if distance is None else percent(distance)

    @property
    def near(self) -> bool:
        """Not met, but as near as the pool's procedure wants to be warned (`limits.warn_at`)."""
        distance = self.distance
        warn_at = procedure_of(self.line.pool.procedure_id).warn_at.value
        return not self.met and distance is not None and 1 - distance >= warn_at


def shown(text: str, unit: str) -> str:
    """A value for a reader: a rate in percent with as many decimals as it takes, at most four, cut off.

    >>> shown("0.08", "rate"), shown("0.0799999", "rate"), shown("true", "yes_no"), shown("12", "yuan")
    ('8%', '7.9999%', '是', '12 元')
    """
    exact = exact_decimal(text)
    if unit == "rate" and exact is not None:
        return percent(exact)
    if unit == "yes_no":
        return YES_NO.get(text, text)
    return f"{text} 元" if unit == "yuan" else text


def percent(share: Fraction) -> str:
    """A share in percent, at most four decimals, cut off towards zero so that nothing is shown as reached that is not.

    >>> percent(Fraction(1, 3)), percent(Fraction(-1, 20))
    ('33.3333%', '-5%')
    """
    whole, rest = divmod(abs(share.numerator) * 10**6 // share.denominator, 10**4)
    decimals = f"{rest:04d}".rstrip("0")
    sign = "-" if share < 0 and (whole or rest) else ""
    return f"{sign}{whole}{'.' if decimals else ''}{decimals}%"


def lines_of(pool: Pool, on: dt.date, known_at: dt.datetime | None = None) -> list[Line]:
    """Every line of a pool on a day, as then known: of the schemes that its agreements follow then, and of those that the
    loans standing in it then keep."""
    held = AdoptedScheme.objects.filter(agreement__pool=pool, validity__contains=on)
    if known_at is None:
        held = held.filter(superseded_at=None)
    else:
        unmoved = Q(superseded_at=None) | Q(superseded_at__gt=known_at)
        held = held.filter(unmoved, recorded_at__lte=known_at)
    kept = queries.outstanding_on(pool, on, known_at)
    pairs = set(held.values_list("agreement", "version")) | set(kept.values_list("agreement", "scheme"))
    agreements = Agreement.objects.select_related("bank", "pool").in_bulk(
        {agreement for agreement, _ in pairs}
    )
    versions = PolicyVersion.objects.in_bulk({version for _, version in pairs})
    found: dict[tuple[Any, ...], Line] = {}
    for agreement_pk, version_pk in pairs:
        version, scheme = versions[version_pk], scheme_of(version_pk)
        for terms in scheme.stop_loss:
            agreement = agreements[agreement_pk] if _of_bank(terms) else None
            line = Line(pool, agreement, version, scheme, terms)
            found[agreement and agreement.number, version.version, terms.id] = line
    return [found[key] for key in sorted(found, key=lambda key: (key[0] or "", key[1], key[2]))]


def _of_bank(terms: StopLoss) -> bool:
    """Whether a line's value is one bank's: by its metric's settings, or by the scope in its name."""
    entry = metrics.catalogue().entry(terms.condition.metric)
    whose = entry.settings.get("of") or entry.subject or entry.name.partition(".")[0]
    return whose in ("bank", "agreement")


def look(
    line: Line, on: dt.date, known_at: dt.datetime | None = None, read: dict[Any, Any] | None = None
) -> Look:
    """The line on a day, judged afresh, with its dates from the looks kept before. `read` is shared by lines of one look."""
    value = metrics.value_of(line.terms.condition.metric, line.asked(on, known_at, read))
    met = None
    if isinstance(value, metrics.Value):
        met = judge(line.terms.condition, {value.name: value.text}).answer is Answer.YES
    since, lifted = _dates(kept(line, on, known_at))
    if met:
        return Look(line, on, value, met, since or on, None)
    return Look(line, on, value, met, None, on if since and met is False else lifted)


def kept(line: Line, on: dt.date, known_at: dt.datetime | None = None) -> list[BreakerState]:
    """The looks kept of a line up to a day, as known at a moment; of one day only the last, the oldest first."""
    rows = BreakerState.objects.filter(
        pool=line.pool, agreement=line.agreement, scheme=line.version, line=line.terms.id, day__lte=on
    )
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    return list(rows.order_by("day", "-recorded_at", "-pk").distinct("day"))


def _dates(rows: Iterable[BreakerState]) -> tuple[dt.date | None, dt.date | None]:
    """(met since, lifted on) after these looks; one that knew no value leaves both as they were."""
    since: dt.date | None = None
    lifted: dt.date | None = None
    for row in rows:
        if row.met and since is None:
            since, lifted = row.day, None
        elif row.met is False and since is not None:
            since, lifted = None, row.day
    return since, lifted


def looks(pool: Pool, on: dt.date, known_at: dt.datetime | None = None) -> list[Look]:
    """Every line of a pool on a day."""
    read: dict[Any, Any] = {}
    return [look(line, on, known_at, read) for line in lines_of(pool, on, known_at)]


def suspensions(agreement: Agreement, on: dt.date, version: PolicyVersion | None = None) -> list[Look]:
    """The lines that suspend claims under an agreement on a day (of one scheme version, or of any): met, judged afresh."""
    lines = [
        line
        for line in lines_of(agreement.pool, on)
        if line.terms.action == "suspend_claims"
        and line.agreement in (None, agreement)
        and (line.version == version if version else _followed(agreement, line.version))
    ]
    return [found for found in (look(line, on) for line in lines) if found.met]


def _followed(agreement: Agreement, version: PolicyVersion) -> bool:
    """Whether an agreement has adopted a version, or a loan in the pool keeps it."""
    adopted = AdoptedScheme.objects.filter(agreement=agreement, version=version)
    return adopted.exists() or Enrolment.objects.filter(agreement=agreement, scheme=version).exists()


def new_loan_refusals(agreement: Agreement, version: PolicyVersion, lent: dt.date) -> list[rules.Refusal]:
    """Why a loan lent on a day may not enter: lines that stop new loans and stand as met by the last looks kept.

    A loan lent before the line was met keeps its way in (loss-sharing.md section 7, item 13).
    """
    scheme = scheme_of(version.pk)
    refusals = []
    for terms in scheme.stop_loss:
        if terms.action != "suspend_new":
            continue
        line = Line(agreement.pool, agreement if _of_bank(terms) else None, version, scheme, terms)
        since, _ = _dates(kept(line, dt.date.max))
        if since is not None and lent >= since:
            told = f"自 {since.isoformat()} 起{line.told}"
            refusals.append(rules.suspended("止损线", told, line.article))
    return refusals


def seen_looks(viewer: Any, on: dt.date, known_at: dt.datetime | None = None) -> list[Look]:
    """The lines a viewer may know of: of the pools at which it sits; for a bank its own and its pools' as a whole."""
    if viewer.organisation.kind != queries.BANK:
        pools = queries.pools(viewer=viewer)
        return [found for pool in pools for found in looks(pool, on, known_at)]
    own = list(queries.agreements(viewer=viewer))
    found = []
    for pool in {agreement.pool_id: agreement.pool for agreement in own}.values():
        followed = _versions_of(own)
        for line in lines_of(pool, on):
            if line.agreement in own or (line.agreement is None and line.version.pk in followed):
                found.append(look(line, on, known_at))
    return found


def _versions_of(agreements: list[Agreement]) -> set[Any]:
    adopted = AdoptedScheme.objects.filter(agreement__in=agreements).values_list("version", flat=True)
    kept_by = Enrolment.objects.filter(agreement__in=agreements).values_list("scheme", flat=True)
    return set(adopted) | set(kept_by)


def may_read_value(viewer: Any, line: Line) -> bool:
    """Whether the figure may be read: by who sits at the pool; by a bank its own, not what tells of other banks' loans."""
    return viewer.organisation.kind != queries.BANK or line.agreement is not None


def faults() -> list[str]:
    """Sentences naming every look kept whose answer does not follow from its value. Reads all looks."""
    found = []
    for row in BreakerState.objects.select_related("scheme", "pool").exclude(met=None):
        terms = next((one for one in scheme_of(row.scheme_id).stop_loss if one.id == row.line), None)
        value = exact_decimal(row.value)
        threshold = exact_decimal(terms.condition.value) if terms else None
        if terms is None:
            found.append(f"{row.pool.name} 止损线 {row.line}：方案 {row.scheme.version} 没有这条线")
            continue
        if value is None or threshold is None:
            continue
        if COMPARISONS[terms.condition.op](value, threshold) != row.met:
            found.append(f"{row.pool.name} 止损线 {row.line} {row.day}：状态与数值不符")
    return found
