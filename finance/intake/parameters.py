"""The limits of plausibility that checks use, read from policies/intake: dated, cited, never typed in
code.
"""

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from finance.intake.rules import LoanFilingParameters, MonthlyReturnParameters
from kernel.money import fen_from_yuan

FOLDER = Path(__file__).resolve().parents[2] / "policies" / "intake"


@cache
def _versions(name: str) -> tuple[dict[str, Any], ...]:
    with (FOLDER / f"{name}.yaml").open(encoding="utf-8") as stream:
        return tuple(yaml.safe_load(stream)["versions"])


def _in_force(name: str, on: date) -> tuple[str, dict[str, Any]]:
    """Version and plain values in force on a day; the earliest version answers for days before it."""
    versions = _versions(name)
    chosen = versions[0]
    for version in versions:
        if version["valid_from"] <= on:
            chosen = version
    return chosen["version"], {key: entry["value"] for key, entry in chosen["parameters"].items()}


def loan_filing_parameters(on: date) -> LoanFilingParameters:
    """The limits in force on the day a file is checked."""
    version, value = _in_force("loan-filing", on)
    return LoanFilingParameters(
        version=version,
        largest_loan_fen=fen_from_yuan(value["largest_loan_yuan"]),
        smallest_loan_fen=fen_from_yuan(value["smallest_loan_yuan"]),
        least_rate_percent=Decimal(value["least_rate_percent"]),
        most_rate_percent=Decimal(value["most_rate_percent"]),
        least_ip_share_percent=Decimal(value["least_ip_share_percent"]),
        longest_term_years=value["longest_term_years"],
    )


def monthly_return_parameters(on: date) -> MonthlyReturnParameters:
    """The limits in force on the day a return is checked."""
    version, value = _in_force("monthly-return", on)
    return MonthlyReturnParameters(version=version, substandard_after_days=value["substandard_after_days"])
