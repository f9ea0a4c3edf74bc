"""Tables of the room: registrations as stated, the files in which one is worked, the watch over the rights."""

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
from .registrations import IPRight, PledgedRight, PledgeEvent, PledgeRegistration
from .sheets import RightsSheet
from .watching import AlertClearing, WatchAlert, WatchRun

__all__ = [
    "AlertClearing",
    "Assent",
    "FileAct",
    "FilePaper",
    "FileStatement",
    "GroundMode",
    "IPRight",
    "PledgeEvent",
    "PledgeRegistration",
    "PledgedRight",
    "PrecheckRun",
    "RegistrationFile",
    "RightEvent",
    "RightsSheet",
    "RunningPledge",
    "WatchAlert",
    "WatchRun",
]
