"""Tables of the room: registrations as stated, the files in which one is worked, the watch over the rights."""

from .feeds import FeedEntered, RegistryFeed
from .files import (
    Assent,
    FileAct,
    FilePaper,
    FileStatement,
    GroundMode,
    PrecheckRun,
    RegistrationFile,
    RightEvent,
    RunningPledge,
)
from .limitation import LimitationInterrupted
from .registrations import IPRight, PledgedRight, PledgeEvent, PledgeRegistration
from .sheets import RightsSheet
from .watching import AlertClearing, WatchAlert, WatchRun

__all__ = [
    "AlertClearing",
    "Assent",
    "FeedEntered",
    "FileAct",
    "FilePaper",
    "FileStatement",
    "GroundMode",
    "IPRight",
    "LimitationInterrupted",
    "PledgeEvent",
    "PledgeRegistration",
    "PledgedRight",
    "PrecheckRun",
    "RegistrationFile",
    "RegistryFeed",
    "RightEvent",
    "RightsSheet",
    "RunningPledge",
    "WatchAlert",
    "WatchRun",
]
