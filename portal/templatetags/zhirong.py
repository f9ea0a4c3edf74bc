"""How figures, days and states look on a page: cheap printing, no arithmetic beyond it.

Amounts come as whole fen (int), or as yuan (Money, Decimal). A float is a programmer's error. Never `str(Money)`: it costs
a hundred times more than these.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django import template
from django.forms import CheckboxInput, FileInput, Select
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kernel.marks import MARK_TONES, MARKS
from kernel.money import percent_text, wan_text, yuan_text

from . import charts

if TYPE_CHECKING:
    from django.forms import BoundField
    from django.utils.safestring import SafeString

register = template.Library()
NOTHING = "—"
WAN_IN_FEN = 1_000_000
_PENDING, _GOOD, _BAD, _PLAIN = "near", "good", "bad", "plain"
STATUSES_OF_TONE = {
    _PLAIN: "draft cancelled withdrawn superseded closed expired released settled none voided same",
    _PENDING: "pending asked filed waiting submitted checking review reserved queued running provisional late near partial"
    " special_mention proposed stopped unknown changed warning in_year",
    _GOOD: "active accepted approved enrolled registered paid done in_force performing succeeded recovered normal"
    " current reconciled executed new",
    _BAD: "refused rejected failed overdue default defaulted frozen over loss doubtful substandard broken revoked"
    " error written_off lapsed",
}
TONE_OF_STATUS = {status: tone for tone, statuses in STATUSES_OF_TONE.items() for status in statuses.split()}


def fen_of(amount: Any) -> int:
    """Whole fen of an amount given as fen (int) or as yuan (Money, Decimal); a part of a fen or a float is refused.

    >>> fen_of(183000000), fen_of(Decimal("12.34"))
    (183000000, 1234)
    """
    if isinstance(amount, int) and not isinstance(amount, bool):
        return amount
    yuan = getattr(amount, "amount", amount)
    if not isinstance(yuan, Decimal):
        raise TypeError(f"an amount is fen (int), Decimal yuan or Money, not {type(amount).__name__}")
    fen = Fraction(yuan) * 100
    if fen.denominator != 1:
        raise TypeError(f"{yuan} is not a whole number of fen")
    return fen.numerator


@register.filter
def yuan(amount: Any) -> str:
    """Yuan, grouped, two decimals: 1,830,000.00; nothing given: a dash."""
    return NOTHING if _absent(amount) else yuan_text(fen_of(amount), grouped=True)


@register.filter
def signed(amount: Any) -> str:
    """A change in yuan with its sign: +1,200.00, -3.00, 0.00.

    >>> signed(120000), signed(-300), signed(0)
    ('+1,200.00', '-3.00', '0.00')
    """
    told = yuan(amount)
    return f"+{told}" if told != NOTHING and fen_of(amount) > 0 else told


@register.filter
def grouped(text: str | None) -> str:
    """Yuan that a document's content holds as plain text, grouped for reading.

    >>> grouped("9841390.11"), grouped(None)
    ('9,841,390.11', '—')
    """
    return NOTHING if _absent(text) else yuan_text(fen_of(Decimal(text or "")), grouped=True)


@register.filter
def trimmed(figure: Any) -> str:
    """A rate without idle noughts.

    >>> trimmed(Decimal("3.850000")), trimmed(Decimal("10.000000"))
    ('3.85', '10')
    """
    return NOTHING if _absent(figure) else f"{Decimal(figure).normalize():f}"


@register.filter
def wan(amount: Any, places: int = 2) -> str:
    """万元, grouped, rounded half up; for tables under the heading 单位：万元. Single cells only: sums need wan_table."""
    return NOTHING if _absent(amount) else wan_text(fen_of(amount), places=places, grouped=True)


@register.filter
def money(amount: Any) -> str:
    """With its unit: yuan below 10,000 yuan, else 万元, which no other language than Chinese counts in.

    >>> money(999999), money(183000000)
    ('9,999.99 元', '183.00 万元')
    """
    if _absent(amount):
        return NOTHING
    fen = fen_of(amount)
    if abs(fen) < WAN_IN_FEN or not (get_language() or "zh").startswith("zh"):
        return _("%(amount)s 元") % {"amount": yuan_text(fen, grouped=True)}
    return _("%(amount)s 万元") % {"amount": wan_text(fen, grouped=True)}


@register.filter
def cnday(day: Any) -> str:
    """2026年11月20日; a moment is shown as its day in Shanghai. Text passes as it is."""
    day = _shanghai_day(day)
    return date_format(day, _("Y年n月j日")) if isinstance(day, date) else day or NOTHING


@register.filter
def isoday(day: Any) -> str:
    """2026-11-20, for tables."""
    day = _shanghai_day(day)
    return day.isoformat() if isinstance(day, date) else day or NOTHING


@register.filter
def moment(at: Any) -> str:
    """2026-11-20 15:40 in Shanghai; a plain day without hours."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if isinstance(at, datetime) else isoday(at)


@register.filter
def percent(share: Any, places: int = 1) -> str:
    """A share of one as percent, by the house's one rule (`kernel.money.percent`).

    >>> percent(Fraction(79, 100)), percent(Decimal("0.00505"), 2), percent(None)
    ('79.0%', '0.51%', '—')
    """
    return NOTHING if _absent(share) else percent_text(share, places)


@register.filter
def short_digest(digest: str) -> str:
    """The head of a digest, enough to compare by eye."""
    return f"{digest[:12]}…" if digest else NOTHING


@register.simple_tag
def badge(label: Any, status: str | None = None, tone: str | None = None) -> SafeString:
    """A word in a quiet coloured frame; the tone comes from the status code, or is given."""
    chosen = tone or TONE_OF_STATUS.get(str(status or "").lower(), _PLAIN)
    return format_html('<span class="zr-badge zr-badge-{}">{}</span>', chosen, label)


@register.simple_tag
def mark(status: str) -> SafeString:
    """How well a rule is evidenced, as a badge: SEEN, SEEN-COPY, RECALLED, assumed, placeholder."""
    return badge(MARKS.get(status, status), tone=MARK_TONES.get(status, _PENDING))


@register.inclusion_tag("components/meter.html")
def limit_meter(
    label: Any, used: Any, limit: Any, note: str = "", url: str = "", near: Fraction | Decimal | None = None
) -> dict[str, Any]:
    """A bar for an amount used of a limit, with a word: 余量充足, 接近上限 (used/limit >= `near`) or 已超限.

    `near` is a share of one that the pool's agreement or policy gives; without it there is no 接近上限.
    """
    used_fen, limit_fen = fen_of(used), fen_of(limit)
    share = Fraction(used_fen, limit_fen) if limit_fen > 0 else None
    if used_fen > limit_fen:
        state, word, tone = "over", _("已超限"), _BAD
    elif used_fen == limit_fen:
        state, word, tone = "near", _("已用满"), _PENDING
    elif near is not None and share is not None and share >= Fraction(near):
        state, word, tone = "near", _("接近上限"), _PENDING
    else:
        state, word, tone = "good", _("有余量"), _GOOD
    return {
        "label": label,
        "used": max(used_fen, 0),
        "limit": max(limit_fen, 1),
        "used_text": money(used_fen),
        "limit_text": money(limit_fen),
        "share": percent(share),
        "state": state,
        "word": word,
        "badge_tone": tone,
        "note": note,
        "url": url,
    }


@register.simple_tag
def svg_bars(rows: Any, title: str = "") -> SafeString:
    """Horizontal bars: rows of (label, amount in fen) or (label, amount, text); see charts.bars."""
    return charts.bars(
        [(str(row[0]), fen_of(row[1]), str(row[2]) if len(row) > 2 else money(row[1])) for row in rows], title
    )


@register.simple_tag
def svg_stack(parts: Any, title: str = "") -> SafeString:
    """One bar cut into parts that make the whole: rows of (label, amount in fen); see charts.stack."""
    return charts.stack([(str(part[0]), fen_of(part[1]), money(part[1])) for part in parts], title)


@register.simple_tag
def svg_waterfall(opening: Any, steps: Any, closing: Any) -> SafeString:
    """A bridge: (label, fen, text), rows of the same, (label, fen, text); see charts.waterfall."""
    return charts.waterfall(opening, steps, closing)


@register.filter
def styled(field: BoundField) -> SafeString:
    """The field's control with Bootstrap's class and, if wrong, its mark."""
    widget = field.field.widget
    name = "form-control"
    if isinstance(widget, CheckboxInput):
        name = "form-check-input"
    elif isinstance(widget, Select) and not isinstance(widget, FileInput):
        name = "form-select"
    if field.errors:
        name += " is-invalid"
    return field.as_widget(attrs={"class": f"{widget.attrs.get('class', '')} {name}".strip()})


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def beside(columns: Any, cells: Any) -> list[tuple[Any, Any]]:
    """Columns paired with the cells of one row; a row of another length is a programmer's error."""
    return list(zip(columns, cells, strict=True))


def _absent(amount: Any) -> bool:
    return amount is None or amount == ""


def _shanghai_day(day: Any) -> Any:
    if isinstance(day, datetime):
        return timezone.localtime(day).date() if timezone.is_aware(day) else day.date()
    return day
