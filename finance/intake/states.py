"""How a filing moves from state to state; nothing else sets its state. Pure."""

from collections.abc import Mapping

# checking -> (file cannot be read | no row can be entered | all | some can be entered | nothing to enter) -> ...
MOVES: Mapping[str, frozenset[str]] = {
    "checking": frozenset({"unreadable", "faulty", "ready", "partly_ready", "nothing_new", "withdrawn"}),
    "ready": frozenset({"submitted", "entered", "withdrawn"}),
    "partly_ready": frozenset({"submitted", "entered", "withdrawn"}),
    "submitted": frozenset({"ready", "partly_ready", "entered", "withdrawn"}),
    "unreadable": frozenset(),
    "faulty": frozenset(),
    "nothing_new": frozenset(),
    "entered": frozenset(),
    "withdrawn": frozenset(),
}
OPEN = frozenset({"checking", "ready", "partly_ready", "submitted"})
ENTERABLE = frozenset({"ready", "partly_ready"})


def state_of_counts(*, to_enter: int, failed: int) -> str:
    """The state of a checked filing by how many rows are new or changed, and how many failed.

    >>> state_of_counts(to_enter=187, failed=13), state_of_counts(to_enter=0, failed=0)
    ('partly_ready', 'nothing_new')
    """
    if to_enter:
        return "partly_ready" if failed else "ready"
    return "faulty" if failed else "nothing_new"


def require_move(before: str, after: str) -> None:
    """A move that the table does not have is a programmer's error.

    >>> require_move("entered", "ready")
    Traceback (most recent call last):
    ...
    AssertionError: a filing does not go from entered to ready
    """
    assert after in MOVES[before], f"a filing does not go from {before} to {after}"
