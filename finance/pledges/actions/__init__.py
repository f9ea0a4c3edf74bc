"""Writing the room: what banks state of registrations, each step of a registration file, the watch over its rights.

Lock order: approval, registration file, then the advisory lock "pledges of" the pledgee.
"""

from .befalling import record_event
from .feeding import bring_feed, enter_feed_from_command_line, look_at_feed
from .files import Paper, attach, check, open_file, pledgor_of, state_contents
from .interrupting import interrupt
from .making import ask_for_paper, ask_for_step_paper, enter_rights, make_paper, make_step_paper
from .modes import propose_mode
from .moving import accept, lapse_by_night, let_lapse, say, take
from .stating import known_rights, one_at_a_time, state_registration, state_registrations
from .step import Step
from .watching import LOOK, clear, look, look_by_night

__all__ = [
    "LOOK",
    "Paper",
    "Step",
    "accept",
    "ask_for_paper",
    "ask_for_step_paper",
    "attach",
    "bring_feed",
    "check",
    "clear",
    "enter_feed_from_command_line",
    "enter_rights",
    "interrupt",
    "known_rights",
    "lapse_by_night",
    "let_lapse",
    "look",
    "look_at_feed",
    "look_by_night",
    "make_paper",
    "make_step_paper",
    "one_at_a_time",
    "open_file",
    "pledgor_of",
    "propose_mode",
    "record_event",
    "say",
    "state_contents",
    "state_registration",
    "state_registrations",
    "take",
]
