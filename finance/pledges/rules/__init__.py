"""Registration of IP pledges by the book: identifiers, terms, fees, grounds, states, clocks, watch. Pure.

The law is data: `policies/registration/`, read strictly into a `RuleBook` (loading). Facts come in as values (facts), are
put into the vocabulary of the files (metrics), and are judged in three values. Nothing here knows Django or the clock.
"""

from .identifiers import (
    PatentNumber,
    RightKind,
    is_copyright_number,
    is_layout_design_number,
    is_publication_number,
    is_trademark_number,
    patent_check_digit,
    patent_number,
    plain_number,
    right_key,
    right_kind,
)

__all__ = [
    "PatentNumber",
    "RightKind",
    "is_copyright_number",
    "is_layout_design_number",
    "is_publication_number",
    "is_trademark_number",
    "patent_check_digit",
    "patent_number",
    "plain_number",
    "right_key",
    "right_kind",
]
