"""A next version of the shipped card, with hand-worked firms inside its file."""

from __future__ import annotations

from tests.cards.conftest import shipped_text

CASES = """
cases:
  on: '2027-06-01'
  right: {holder_is_pledgor: 是, coowners_agree: not_applicable, encumbered: 否, lapsed: 否, abnormal: 否, disputed: 否,
    months_since_transfer: queried_none, from_related_party: not_applicable}
  cases:
  - name: 只有年限
    indicators: {firm_age: 6}
    firm: {dishonest: 否, overdue_days_now: 0}
    expect: {status: thin}
  - name: 失信
    like: 只有年限
    firm: {dishonest: 是}
    expect: {status: stopped}
"""


def next_card(*changes: tuple[str, str]) -> str:
    """The shipped text as ip-pledge@2027 from 2027 on, with changes and cases."""
    text = shipped_text().replace("id: ip-pledge@2026", "id: ip-pledge@2027", 1)
    text = text.replace("from: 2026-01-01, to: null", "from: 2027-01-01, to: null", 1)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text + CASES


# a fourth invention brings less than it did, and the anchor PD is lower
NEXT = next_card(
    ("{from: 2, to: 4, points: 8}", "{from: 2, to: 4, points: 7}"),
    ("anchor_pd: '0.030'", "anchor_pd: '0.020'"),
)
