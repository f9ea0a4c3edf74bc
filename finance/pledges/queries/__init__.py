"""Reading the room: registrations as stated, and the files in which one is worked. Every question takes the viewer."""

from .of_files import file, files
from .registrations import (
    NOBODY,
    found,
    may_see,
    pledgors_of_files,
    registration,
    registrations,
    seen_by,
    statements_of,
)

__all__ = [
    "NOBODY",
    "file",
    "files",
    "found",
    "may_see",
    "pledgors_of_files",
    "registration",
    "registrations",
    "seen_by",
    "statements_of",
]
