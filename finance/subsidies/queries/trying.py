"""A subsidy policy tried on what the platform holds: on the applications of the last year, and on the loans of the viewer.

Reads only, through the bulk path: what the version before pays for the same book beside what this one would pay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finance.loans import queries as loans
from finance.parties.published import region_name
from finance.subsidies.bulk import Book, Comparison, Moved, Part, compare
from finance.subsidies.bulk.many import FAULTY, OPEN
from finance.subsidies.engine import evaluate
from finance.subsidies.facts import Case
from finance.subsidies.metering import project_of
from finance.subsidies.queries.gathering import Known, known_of_each
from finance.subsidies.queries.of_applications import applications, parties_of
from finance.subsidies.reads import facts_read, line_name
from finance.subsidies.shelf import rates
from finance.subsidies.stating import plain_of
from finance.subsidies.words import fact_name, fact_words
from kernel.days import add_years
from kernel.errors import Refused

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from finance.loans.models import Loan
    from finance.parties.models import Membership
    from finance.subsidies.models import Application
    from finance.subsidies.terms import Policy

ASSUMED: dict[str, Any] = {
    "applicant.joint_punishment": False,
    "applicant.legal_person": True,
    "applicant.paid_in_previous_batch": False,
    "loan.other_fiscal_interest_subsidy": False,
    "loan.overdue_days": 0,
}
"""What an estimate over live loans takes for granted where no row says otherwise; always told beside the figures."""
MOST_MISSING = 8


@dataclass(frozen=True)
class Item:
    """One application or loan of a book: what it is called, whose it is, its case."""

    name: str
    enterprise: str
    case: Case
    parties: dict[str, str]
    url_name: str
    pk: Any


@dataclass(frozen=True)
class Effect:
    """What a version would change over one book, with the names for a page; `missing` counts the facts nobody stated."""

    items: Sequence[Item]
    found: Comparison
    lines: Sequence[tuple[str, Part]]
    regions: Sequence[tuple[str, Part]]
    sizes: Sequence[tuple[str, Part]]
    largest: Sequence[tuple[Item, Moved]]
    missing: Sequence[tuple[str, int]]
    assumed: Sequence[str] = ()

    @property
    def alone(self) -> int:
        """How many went through the single path."""
        return len(self.found.draft.alone)


def effect_on_applications(
    *, viewer: Membership, draft: Policy, before: Policy | None, family: str, on: dt.date
) -> Effect | None:
    """The applications filed in the last year under this policy, as they were last calculated; officers' figures are left
    out, so that both versions show the most that they allow. None if there are none."""
    rows = applications(viewer=viewer).filter(
        call__policy__family=family,
        calculation__isnull=False,
        filed_on__gt=add_years(on, -1),
        filed_on__lte=on,
    )
    items = [
        Item(
            row.number,
            row.enterprise.name,
            _as_calculated(row),
            parties_of(row.enterprise_id, row.loan),
            "subsidies:application",
            row.pk,
        )
        for row in rows
    ]
    return _effect(items, draft, before) if items else None


def _as_calculated(application: Application) -> Case:
    assert application.calculation is not None, "asked only of applications that were calculated"
    stored = application.calculation.result["given"]["case"]
    return Case.from_plain({key: value for key, value in stored.items() if key != "granted"}, believe=True)


def effect_on_loans(
    *, viewer: Membership, draft: Policy, before: Policy | None, on: dt.date
) -> Effect | None:
    """Every loan the viewer may see, as if it were applied for: one that still runs as repaid on its day. None if there
    are none."""
    seen = loans.loans(viewer=viewer, on=on).filter(terms__isnull=False)
    rows = list(seen.order_by("terms__disbursed_on", "id"))  # the order in which they would be applied for
    each = known_of_each([(loan.borrower, loan, "") for loan in rows], on=on)
    items = [
        Item(
            *(
                loan.bank_loan_no,
                loan.borrower.name,
                _case_of(loan, known, on),
                parties_of(loan.borrower_id, loan),
            ),
            *("loans:loan", loan.pk),
        )
        for loan, known in zip(rows, each, strict=True)
    ]
    return _effect(items, draft, before, assumed=True) if items else None


def _case_of(loan: Loan, known: Sequence[Known], on: dt.date) -> Case:
    plain = plain_of({one.path: one.value for one in known})
    stated = {one.path for one in known}
    assumed = {path: value for path, value in ASSUMED.items() if path not in stated}
    settled = plain.get("loan", {}).get("settled_on")
    if settled is None:
        assert loan.terms is not None
        plain.setdefault("loan", {})["settled_on"] = settled = loan.terms.due_on.isoformat()
    day = max(on.isoformat(), settled)
    return Case.from_plain(
        {**plain, "assumed": assumed, "evaluated_on": on.isoformat(), "application_date": day}, believe=True
    )


def _effect(items: list[Item], draft: Policy, before: Policy | None, assumed: bool = False) -> Effect:
    book = Book.of_cases(
        [item.case for item in items], [{**item.parties, **project_of(item.case)} for item in items]
    )
    found = compare(draft, before, book, rates())
    sizes = fact_words("applicant.size").values
    return Effect(
        items,
        found,
        [(_line_name(draft, before, part.name), part) for part in found.lines],
        [(region_name(part.name) if part.name else "", part) for part in found.regions],
        [(sizes.get(part.name, part.name), part) for part in found.sizes],
        [(items[moved.row], moved) for moved in found.largest],
        _missing(items, found, draft),
        _assumed(draft) if assumed else (),
    )


def _line_name(draft: Policy, before: Policy | None, line: str) -> str:
    return line_name(draft if draft.line(line) is not None or before is None else before, line)


def _assumed(policy: Policy) -> list[str]:
    """What this policy reads of what was taken for granted, in words."""
    read = set(facts_read(policy))
    told = ["未结清的贷款按到期日还清"] if "loan.settled_on" in read else []
    for path, value in ASSUMED.items():
        if path in read:
            told.append(f"{fact_name(path)}：{fact_words(path).value_words(value)}")
    return told


def _missing(items: list[Item], found: Comparison, draft: Policy) -> list[tuple[str, int]]:
    """The facts for want of which this version leaves applications open, the most frequent first."""
    counts: dict[str, int] = {}
    for row in found.open_rows.tolist():
        if found.draft.status[row] not in (OPEN, FAULTY):
            continue
        try:
            result = evaluate(draft, items[row].case, rates())
        except Refused as refused:
            names = [problem.where for problem in refused.problems]
        else:
            names = [one.name for one in result.missing]
        for name in dict.fromkeys(names):
            counts[name] = counts.get(name, 0) + 1
    return sorted(counts.items(), key=lambda one: -one[1])[:MOST_MISSING]
