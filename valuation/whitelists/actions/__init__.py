"""What is done with white lists, by whom: a house makes, changes, has approved and pushes; a bank answers; a firm asks to be
taken off. Lock order: approval, white list (several by id).
"""

from .approving import ask_for_approval, drop
from .making import MAKES, change_by_hand, look_at_region, make_list
from .pushing import not_pushed, push
from .voices import answer, take_back_wish, wish_to_be_taken_off

__all__ = [
    "MAKES",
    "answer",
    "ask_for_approval",
    "change_by_hand",
    "drop",
    "look_at_region",
    "make_list",
    "not_pushed",
    "push",
    "take_back_wish",
    "wish_to_be_taken_off",
]
