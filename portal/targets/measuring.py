"""What the platform's own rows say beside a target, for the viewer's region; each figure says what it counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from finance.parties.models import Organisation
from finance.parties.published import region_name
from finance.parties.regions import region_stem
from finance.subsidies.queries import of_applications as subsidies
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.strict_yaml import read_file
from portal.pledge_statistics import Asked, statistics
from portal.targets import saying
from portal.targets.reading import read_book
from portal.targets.rules import NATIONAL, Book, Figure, ServiceLimit, Target, beside, in_unit
from riskpool.volumes import queries as volumes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from finance.parties.models import Membership
    from finance.pledges.rules.statistics import Report
    from riskpool.volumes.models import VolumeAward

FIRST_DAY = dt.date(1949, 1, 1)


@cache
def targets_book() -> Book:
    """The targets of this installation, read once."""
    folder = settings.POLICIES_DIR / "kpi"
    return read_book(read_file(folder / "targets.yaml"), read_file(folder / "keys.yaml"))


@dataclass(frozen=True)
class Line:
    """One target as the page shows it; `not_measured` and `not_observed` say why there is no figure of either."""

    target: Target
    name: str
    text: str
    measured: tuple[Figure, ...]
    not_measured: str
    observed: tuple[Figure, ...]
    not_observed: str
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """One document's targets for one region by one day."""

    title: str
    region: str
    by: dt.date
    lines: tuple[Line, ...]


def plans_for(*, viewer: Membership, on: dt.date, year: int | None = None) -> list[Plan]:
    """The targets of the viewer's region, of those inside and above it, and of the whole country; of one year if given."""
    book, measure = targets_book(), _Measuring(viewer, on)
    shown: dict[tuple[str, str, dt.date], list[Line]] = {}
    for target in book.targets:
        if _concerns(target.region, viewer.organisation.region) and year in (None, target.by.year):
            key = saying.own(target.plan), target.region, target.by
            shown.setdefault(key, []).append(_line(book, target, measure, on))
    return [Plan(title, _region(region), by, tuple(lines)) for (title, region, by), lines in shown.items()]


def years_for(*, viewer: Membership) -> list[int]:
    """The years by which anything is asked of the viewer's region."""
    region = viewer.organisation.region
    return sorted({one.by.year for one in targets_book().targets if _concerns(one.region, region)})


def limits_for(*, viewer: Membership) -> list[tuple[str, ServiceLimit]]:
    """Service limits that concern the viewer's region, each with the region's name."""
    region = viewer.organisation.region
    return [(_region(one.region), one) for one in targets_book().limits if _concerns(one.region, region)]


def _line(book: Book, target: Target, measure: _Measuring, on: dt.date) -> Line:
    measured, not_measured = measure(book, target)
    seen, not_observed = saying.observed(book, target, on)
    return Line(
        target, saying.own(book.keys[target.key].name), saying.target_text(target), measured, not_measured,
        seen, not_observed, saying.warnings_of(book, target),
    )  # fmt: skip


def _concerns(region: str, own: str) -> bool:
    return region == NATIONAL or (
        bool(own) and (own.startswith(region_stem(region)) or region.startswith(region_stem(own)))
    )


def _region(code: str) -> str:
    return _("全国") if code == NATIONAL else region_name(code)


class _Measuring:
    """Figures from the platform's rows for one viewer on one day; a report of a period is made once."""

    def __init__(self, viewer: Membership, on: dt.date) -> None:
        self.viewer, self.on = viewer, on
        self.reports: dict[tuple[dt.date, dt.date], Report] = {}

    def __call__(self, book: Book, target: Target) -> tuple[tuple[Figure, ...], str]:
        """The figures beside a target, or why there are none."""
        meaning = book.keys[target.key]
        if not meaning.measure:
            return (), _("平台没有这项数据")
        stem = region_stem(self.viewer.organisation.region)
        if target.region == NATIONAL or not stem or not target.region.startswith(stem):
            return (), _("本单位看不到该地区的全部数据")
        first, known = self._begin(target, meaning.counts)
        last = min(self.on, target.by)
        if first > last:
            return (), _("所计期间还没有开始")
        figures: dict[str, Callable[..., Iterable[Figure]]] = {
            "pledge_financing": self._pledge_financing,
            "fiscal_support": self._fiscal_support,
        }
        found = tuple(figures[meaning.measure](target, first, last, compared=known))
        return found, "" if found else _("只有该地区的财政部门能测：别处看不到它的核定和付款")

    def _begin(self, target: Target, counts: str) -> tuple[dt.date, bool]:
        """The first day counted, and whether the document says so."""
        if counts == "in_year":
            return dt.date(target.by.year, 1, 1), True
        return (target.window_from, True) if target.window_from else (FIRST_DAY, False)

    def _pledge_financing(
        self, target: Target, first: dt.date, last: dt.date, *, compared: bool
    ) -> Iterable[Figure]:
        if (first, last) not in self.reports:
            self.reports[first, last] = statistics(self.viewer, Asked(first, last))
        report = self.reports[first, last]
        inside = [one for code, one in report.by_region if code.startswith(region_stem(target.region))]
        source = _period(first, last)
        lent = _("发放口径，%(n)s 笔") % {"n": sum(one.loans for one in inside)}
        yield self._beside(
            target, sum(one.disbursed_fen for one in inside), compared=compared, label=lent, source=source
        )
        by_contract, missing = (
            sum(one.by_contract_fen for one in inside),
            sum(one.amounts_missing for one in inside),
        )
        told = [_("登记口径，%(n)s 项") % {"n": sum(one.registrations for one in inside)}]
        if by_contract:
            told.append(
                _("其中 %(yuan)s 元登记没有载明金额，按合同本金计")
                % {"yuan": yuan_text(by_contract, grouped=True)}
            )
        if missing:
            told.append(_("%(n)s 项金额不明，没有计入") % {"n": missing})
        registered = sum(one.registered_fen for one in inside)
        yield self._beside(
            target, registered, compared=compared, at_least=bool(missing), label=_("；").join(told), source=source
        )  # fmt: skip

    def _fiscal_support(
        self, target: Target, first: dt.date, last: dt.date, *, compared: bool
    ) -> Iterable[Figure]:
        """What the viewer's own bureau awarded and paid; other offices and other ways of support are not known here."""
        house = self.viewer.organisation
        if house.kind != Organisation.Kind.FINANCE_BUREAU or house.region != target.region:
            return
        on_volume = [
            fen_of(one.amount)
            for one in volumes.awards(viewer=self.viewer)
            if first <= one.awarded_on <= last and not _taken_back_by(one, last)
        ]
        support = subsidies.support_in(viewer=self.viewer, first=first, last=last)
        counted = (
            (
                _("核定口径：贴息与补助 %(m)s 笔（已减去追回），放款量补贴 %(n)s 项")
                % {"m": support.awards, "n": len(on_volume)},
                support.awarded_fen + sum(on_volume),
            ),
            (
                _("到账口径：贴息与补助 %(m)s 笔（已减去退回）；放款量补贴在平台外支付，不在其中")
                % {"m": support.payments},
                support.paid_fen,
            ),
        )
        for label, fen in counted:
            yield self._beside(
                target, fen, compared=compared, at_least=True, label=label, source=_period(first, last)
            )

    @staticmethod
    def _beside(
        target: Target, fen: int, *, compared: bool, label: str, source: str, at_least: bool = False
    ) -> Figure:
        value = in_unit(Fraction(fen, 100), "元", target.unit)
        return beside(target, value, compared=compared, at_least=at_least, label=label, source=source)


def _taken_back_by(award: VolumeAward, day: dt.date) -> bool:
    back = getattr(award, "taken_back", None)
    return back is not None and back.taken_back_on <= day


def _period(first: dt.date, last: dt.date) -> str:
    if first == FIRST_DAY:
        return _("平台全部记录，至 %(last)s") % {"last": last.isoformat()}
    return _("%(first)s 至 %(last)s") % {"first": first.isoformat(), "last": last.isoformat()}
