"""Between the words of a form and the statements of the loans room, both ways. Pure.

The values are those of `finance.intake.columns` (lists in Chinese); the statements carry the domain's codes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from finance.intake.columns import GRADES, LOAN_FILING, MONTHLY_RETURN, REPAYMENTS, SECURITIES
from finance.intake.rules import MIXED, RIGHT_KINDS
from finance.loans.rules import StatedLoan, StatedReturn
from kernel.sheets import Form
from kernel.sheets.columns import Values

FORMS: Mapping[str, Form] = {"loans": LOAN_FILING, "returns": MONTHLY_RETURN}
PLEDGE_KINDS = {**RIGHT_KINDS, MIXED: "mixed"}
_CODES: Mapping[str, Mapping[str, str]] = {
    "repayment": REPAYMENTS,
    "security": SECURITIES,
    "pledge_kind": PLEDGE_KINDS,
    "grade": GRADES,
}
_WORDS = {key: {code: word for word, code in codes.items()} for key, codes in _CODES.items()}

Statement = StatedLoan | StatedReturn


def statement(form: str, values: Values) -> Statement:
    """What a row without errors states."""
    return stated_loan(values) if form == "loans" else stated_return(values)


def values_of(form: str, stated: Statement) -> dict[str, Any]:
    """The values a row would have that states this; for showing what changed, field by field."""
    return loan_values(stated) if isinstance(stated, StatedLoan) else return_values(stated)


def stated_loan(values: Values) -> StatedLoan:
    """The loan that a row of the filing states."""
    given: dict[str, Any] = {field.name: values.get(field.name) for field in fields(StatedLoan)}
    for key in ("repayment", "security", "pledge_kind"):
        given[key] = _CODES[key][values[key]]
    given["day_count_basis"] = int(values["day_count_basis"])
    given["guarantor_name"] = values.get("guarantor_name") or ""
    return StatedLoan(**given)


def loan_values(stated: StatedLoan) -> dict[str, Any]:
    """The inverse of `stated_loan`."""
    values: dict[str, Any] = {field.name: getattr(stated, field.name) for field in fields(StatedLoan)}
    for key in ("repayment", "security", "pledge_kind"):
        values[key] = _WORDS[key][values[key]]
    values["day_count_basis"] = str(stated.day_count_basis)
    values["guarantor_name"] = stated.guarantor_name or None
    return values


def stated_return(values: Values) -> StatedReturn:
    """The return that a row of the monthly form states."""
    return StatedReturn(
        bank_loan_no=values["bank_loan_no"],
        period=first_day(values["period"]),
        balance_fen=values["balance_fen"],
        overdue_since=values.get("overdue_since"),
        interest_paid_fen=values["interest_paid_fen"],
        grade=GRADES[values["grade"]],
        note=values.get("note") or "",
        settled_on=values.get("settled_on"),
    )


def return_values(stated: StatedReturn) -> dict[str, Any]:
    """The inverse of `stated_return`."""
    return {
        "bank_loan_no": stated.bank_loan_no,
        "period": f"{stated.period:%Y-%m}",
        "balance_fen": stated.balance_fen,
        "overdue_since": stated.overdue_since,
        "interest_paid_fen": stated.interest_paid_fen,
        "grade": _WORDS["grade"][stated.grade],
        "note": stated.note or None,
        "settled_on": stated.settled_on,
    }


def first_day(period: str) -> dt.date:
    """The day that names a month written YYYY-MM.

    >>> first_day("2026-11")
    datetime.date(2026, 11, 1)
    """
    return dt.date(int(period[:4]), int(period[5:]), 1)


def natural_key(form: str, values: Values) -> str:
    """What tells a row from others, as far as its cells could be read."""
    return " ".join(str(values[key]) for key in FORMS[form].identity if values.get(key))
