"""What is kept of scoring: consents, stated inputs, scores with their lines, and what persons said to them.

All tables are append-only. A score keeps what it was given and what it answered, so that it is worked out again from its row
alone; a correction, a withdrawal, an answer is a row of its own. What is inside a scorecard is not known here.
"""

from .consents import Consent, ConsentWithdrawn
from .inputs import InputFact
from .kept import LineQuote, Score
from .voices import Dispute, DisputeAnswer, Override, ReviewAnswer, ReviewRequest

__all__ = [
    "Consent",
    "ConsentWithdrawn",
    "Dispute",
    "DisputeAnswer",
    "InputFact",
    "LineQuote",
    "Override",
    "ReviewAnswer",
    "ReviewRequest",
    "Score",
]
