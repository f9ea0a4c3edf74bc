"""Writing the room: what banks state of registrations, and each step of a registration file.

Lock order: approval, registration file, then the advisory lock "pledges of" the pledgee.
"""

from .files import Paper, attach, check, open_file, state_contents
from .making import ask_for_paper, enter_rights, make_paper
from .modes import propose_mode
from .moving import Step, accept, let_lapse, record_event, say, take
from .stating import known_rights, one_at_a_time, state_registration, state_registrations

__all__ = [
    "Paper",
    "Step",
    "accept",
    "ask_for_paper",
    "attach",
    "check",
    "enter_rights",
    "known_rights",
    "let_lapse",
    "make_paper",
    "one_at_a_time",
    "open_file",
    "propose_mode",
    "record_event",
    "say",
    "state_contents",
    "state_registration",
    "state_registrations",
    "take",
]
