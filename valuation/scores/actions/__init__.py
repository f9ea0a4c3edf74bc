"""What scoring writes: consents, inputs, scores and lines, overrides, disputes and reviews, a portfolio scored again."""

from .answering import answer_dispute, answer_review, ask_review, dispute_input
from .consenting import give_consent, withdraw_consent
from .overriding import grade_in_use, propose_override
from .rescoring import portfolio, rescore_portfolio
from .scoring import keep_score, quote_line, score_enterprise
from .stating import adopt_inputs, may_state_of, record_inputs

__all__ = [
    "adopt_inputs",
    "answer_dispute",
    "answer_review",
    "ask_review",
    "dispute_input",
    "give_consent",
    "grade_in_use",
    "keep_score",
    "may_state_of",
    "portfolio",
    "propose_override",
    "quote_line",
    "record_inputs",
    "rescore_portfolio",
    "score_enterprise",
    "withdraw_consent",
]
