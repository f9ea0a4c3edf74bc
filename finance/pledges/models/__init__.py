"""Tables of the room: registrations as stated, and the files in which a registration is worked."""

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

__all__ = [
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
]
