"""Reading scores, consents, stated inputs and what persons said. Every question takes the viewer.

A bank sees its own scores; an enterprise sees its own and, of a bank's, its points, reasons and sources (`told`).
"""

from .kept import latest_scores, score_of, scores, scores_told

__all__ = ["latest_scores", "score_of", "scores", "scores_told"]
