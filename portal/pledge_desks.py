"""How the windows of a region kept their limits, as tables of the pledge statistics: in law and by promise apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from finance.pledges.models import PledgeRegistration, RegistrationFile
from finance.pledges.queries.of_lateness import at_windows, kept_limits
from kernel.calendars.queries import working_calendar, working_calendar_known_at

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from finance.pledges.queries.of_lateness import KeptLimit

UNIT_WORDS = {"working_days": "个工作日", "days": "日", "months": "个月", "years": "年"}
HEADINGS = (
    "种类", "时限", "期限", "已决定", "按时", "超期", "超期合计（工作日）", "超期合计（日）", "最长一件超期",
    "在办已超期", "期限为暂定",
)  # fmt: skip
TEXTS = 4
"""The leading columns that hold words: window, kind, limit, its length."""
NAMES = {"statutory": "按窗口：法定期限", "promise": "按窗口：服务承诺"}
NOTES = (
    "办理时限按受理日（没有受理记录的按提交日）起算，等待申请人补正、声明的时间不计；登记证自登记之日起算。超过服务承诺不是法律上的超期。“在办已超期”是截至日尚未决定而期限已过的案件；“期限为暂定”是末日所在年份的节假日安排尚未公布的件数。",
    "一次决定可同时对照法定期限和一项以上承诺，故两表不相加。只计通过本平台提交的案件。",
)


def desks(
    files: Any, *, begin: dt.date, on: dt.date, known_at: dt.datetime | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """The two tables over these files, as known at a moment, and what is to be said about them."""
    calendar = working_calendar_known_at(known_at) if known_at else working_calendar()
    known = Q(recorded_at__lte=known_at) if known_at else None
    kept = kept_limits(files, begin=begin, on=on, calendar=calendar, known=known)
    tables = [_table(name, [one for one in kept if one.clock.kind == kind]) for kind, name in NAMES.items()]
    return tables, list(NOTES)


def files_behind(pledges: Iterable[PledgeRegistration]) -> Any:
    """The files of these registrations, whichever statement of one is linked."""
    pairs = {(one.pledgee_id, one.number) for one in pledges}
    linked = RegistrationFile.objects.filter(registration__number__in={number for _, number in pairs})
    found = linked.values_list("pk", "pledgee_id", "registration__number")
    return linked.filter(pk__in=[pk for pk, pledgee, number in found if (pledgee, number) in pairs])


def of_region(stem: str) -> Any:
    """The files handed in at the windows of a region; none without one."""
    return at_windows(stem) if stem else RegistrationFile.objects.none()


def _table(name: str, kept: list[KeptLimit]) -> dict[str, Any]:
    rows = [_cells(one) for one in kept]
    return {
        "name": name,
        "headings": ["窗口", *HEADINGS],
        "texts": TEXTS,
        "rows": rows,
        "total": ["合计", *[""] * (TEXTS - 1), *_sums(rows)],
    }


def _sums(rows: list[list[Any]]) -> Iterator[Any]:
    for column in range(TEXTS, len(HEADINGS) + 1):
        is_longest = HEADINGS[column - 1] == "最长一件超期"
        yield "" if is_longest else sum(row[column] for row in rows)


def _cells(one: KeptLimit) -> list[Any]:
    unit, working = UNIT_WORDS[one.clock.unit], one.clock.unit == "working_days"
    return [
        one.window, one.kind, f"{one.clock.title}（{one.clock.basis.article}）", f"{one.clock.length} {unit}",
        one.decided, one.in_time, one.late, one.days_over if working else 0, 0 if working else one.days_over,
        f"{one.longest} {unit if working else '日'}" if one.longest else "", one.overdue, one.provisional,
    ]  # fmt: skip
