"""Writing facilities: opened, raised, closed and limits granted by two persons of the bank; draws and releases by one.

Lock order: approval, facility, members by id, draw.
"""

from .drawing import draw, release
from .members import propose_limit, suspend, suspend_who_left, watch_facilities
from .opening import propose_closing, propose_facility, propose_raise

__all__ = [
    "draw",
    "propose_closing",
    "propose_facility",
    "propose_limit",
    "propose_raise",
    "release",
    "suspend",
    "suspend_who_left",
    "watch_facilities",
]
