"""What still stands behind a debt: item by item, and how much it falls short. Pure. Amounts in fen, None is not known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .metrics import Known


@dataclass(frozen=True)
class Item:
    """One pledged right: whether it stands by itself, why not, and the value that the parties stated of it."""

    number: str
    stands: bool | None
    value_fen: int | None
    told: str = ""


@dataclass(frozen=True)
class Cover:
    """What stands behind a debt. `standing_fen` and `gap_fen` are known only where every item that may stand is known
    with its value; nothing standing is nought without asking for values. A sound right behind no pledge in force covers
    nothing, and is sound all the same."""

    items: tuple[Item, ...]
    owed_fen: int | None
    standing_fen: int | None
    gap_fen: int | None

    @property
    def fallen(self) -> int:
        return sum(item.stands is False for item in self.items)


def stands(known: Known) -> tuple[bool | None, str]:
    """Whether a right stands by what is known of it, and what it is told from. Only a status or a sure end says so.

    >>> stands(Known({"right.ended": "false"})), stands(Known({"right.ended": "false", "right.expired": "true"}))
    ((True, ''), (False, ''))
    >>> stands(Known({"right.expired": "false"}))
    (None, '')
    """
    for name in ("right.ended", "right.expired"):
        if known.values.get(name) == "true":
            return False, known.told.get(name, "")
    return (True if "right.ended" in known.values else None), ""


def owed(contract_fen: int | None, outstanding_fen: int | None) -> int | None:
    """What the pledge has to cover: the outstanding balance, up to the amount that the contract secures.

    >>> owed(500, 300), owed(500, None), owed(None, 300), owed(None, None)
    (300, 500, 300, None)
    """
    return min((one for one in (contract_fen, outstanding_fen) if one is not None), default=None)


def cover(items: Iterable[Item], owed_fen: int | None, *, in_force: bool = True) -> Cover:
    """Set what stands against what is owed; nothing does unless the pledge itself is in force.

    >>> cover([Item("甲", True, 200), Item("乙", False, None)], 500).gap_fen
    300
    >>> cover([Item("甲", True, None), Item("乙", False, 100)], 500).gap_fen is None
    True
    >>> cover([Item("甲", False, None)], 500).gap_fen
    500
    >>> cover([Item("甲", True, 200)], 500, in_force=False).gap_fen
    500
    """
    told = tuple(items)
    standing_fen: int | None = 0
    for item in told if in_force else ():
        if item.stands is False:
            continue
        if item.stands is None or item.value_fen is None:
            standing_fen = None
            break
        assert standing_fen is not None
        standing_fen += item.value_fen
    gap_fen = None if standing_fen is None or owed_fen is None else max(owed_fen - standing_fen, 0)
    return Cover(told, owed_fen, standing_fen, gap_fen)
