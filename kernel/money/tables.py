"""Tables in 万元 that add up as printed: rounded cells sum to rounded totals, down and across.

Rounding each cell on its own prints tables that do not add up, and a bureau's page is read with a calculator
in the hand. Controlled rounding (Cox 1987; Causey, Cox and Ernst 1985): every cell and every total is its
exact value rounded down or up, never further, and what is exact stays. Such a table always exists, for the
exact figures are themselves a flow through rows and columns, and a flow with whole bounds has a whole
solution. Of all of them the one is taken whose totals, and then whose cells, deviate least. The fen stay
what they are: this is printing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kernel.money.yuan import rounded_wan_units, wan_unit, wan_units_text


@dataclass(frozen=True)
class WanColumn:
    """Cells in 万元 and their total, as printed."""

    cells: tuple[str, ...]
    total: str


@dataclass(frozen=True)
class WanTable:
    """Cells in 万元 with the totals of rows and columns, as printed."""

    cells: tuple[tuple[str, ...], ...]
    row_totals: tuple[str, ...]
    column_totals: tuple[str, ...]
    total: str


def wan_column(fen: Sequence[int], places: int = 2, grouped: bool = False) -> WanColumn:
    """Print amounts in 万元 so that the cells sum to the total; the total is rounded half up.

    >>> wan_column([333333333, 333333333, 333333334])
    WanColumn(cells=('333.33', '333.33', '333.34'), total='1000.00')
    """
    unit = wan_unit(places)
    total = rounded_wan_units(sum(fen), places)
    floors = [amount // unit for amount in fen]
    missing = total - sum(floors)
    by_remainder = sorted(range(len(fen)), key=lambda place: -(fen[place] % unit))
    raised = set(by_remainder[:missing])
    cells = (floor + (place in raised) for place, floor in enumerate(floors))
    return WanColumn(
        tuple(wan_units_text(cell, places, grouped) for cell in cells), wan_units_text(total, places, grouped)
    )


def wan_table(fen: Sequence[Sequence[int]], places: int = 2, grouped: bool = False) -> WanTable:
    """Print a table of amounts (rows of equal length) in 万元 so that it adds up in both directions.

    >>> wan_table([[50, 50], [50, 50]], places=6).total
    '0.000200'
    >>> table = wan_table([[4_000, 4_000], [4_000, 8_000]])
    >>> table.cells, table.row_totals, table.column_totals, table.total
    ((('0.01', '0.00'), ('0.00', '0.01')), ('0.01', '0.01'), ('0.01', '0.01'), '0.02')
    """
    width = len(fen[0]) if fen else 0
    if any(len(row) != width for row in fen):
        raise ValueError("the rows of a table have the same length")

    def text(units: int) -> str:
        return wan_units_text(units, places, grouped)

    flow = _Flow(fen, wan_unit(places), places)
    flow.balance()
    return WanTable(
        cells=tuple(tuple(text(edge.units) for edge in row) for row in flow.cells),
        row_totals=tuple(text(edge.units) for edge in flow.row_totals),
        column_totals=tuple(text(edge.units) for edge in flow.column_totals),
        total=text(flow.total),
    )


@dataclass
class _Edge:
    """One printed figure as a flow from `tail` to `head`: its exact value rounded down (`floor`) or up."""

    tail: int
    head: int
    floor: int
    raising_costs: int  # how much further from the exact value the upper figure is; negative if it is nearer
    is_exact: bool
    units: int

    @property
    def is_raised(self) -> bool:
        return self.units > self.floor

    def turn(self) -> None:
        self.units += -1 if self.is_raised else 1


@dataclass
class _Flow:
    """The table as a network: sum -> rows -> columns -> sum. Every figure starts at its nearest; where a
    node does not balance, one unit is sent along the cheapest path of figures that can still turn, until all
    nodes balance.
    """

    fen: Sequence[Sequence[int]]
    unit: int
    places: int
    total: int = field(init=False)
    cells: list[list[_Edge]] = field(init=False)
    row_totals: list[_Edge] = field(init=False)
    column_totals: list[_Edge] = field(init=False)

    def __post_init__(self) -> None:
        height, width = len(self.fen), len(self.fen[0]) if self.fen else 0
        self.source, self.sink, self.nodes = height + width, height + width + 1, height + width + 2
        self.total = rounded_wan_units(sum(map(sum, self.fen)), self.places)
        first = (height * width + 1) * self.unit  # a total weighs more than all cells together
        self.cells = [
            [self._edge(r, height + c, amount, 1) for c, amount in enumerate(row)]
            for r, row in enumerate(self.fen)
        ]
        self.row_totals = [self._edge(self.source, r, sum(row), first) for r, row in enumerate(self.fen)]
        self.column_totals = [
            self._edge(height + c, self.sink, sum(row[c] for row in self.fen), first) for c in range(width)
        ]
        self.edges = [*self.row_totals, *self.column_totals, *(edge for row in self.cells for edge in row)]

    def _edge(self, tail: int, head: int, fen: int, weight: int) -> _Edge:
        floor, above = divmod(fen, self.unit)
        costs = (self.unit - 2 * above) * weight
        return _Edge(tail, head, floor, costs, above == 0, rounded_wan_units(fen, self.places))

    def balance(self) -> None:
        excess = self._excess()
        while any(excess):
            path = self._cheapest_path(excess)
            for edge in path:
                edge.turn()
            excess = self._excess()

    def _excess(self) -> list[int]:
        """Inflow less outflow of every node; the sum node is cut in two, with the printed total between
        them."""
        excess = [0] * self.nodes
        if self.edges:
            excess[self.source], excess[self.sink] = self.total, -self.total
        for edge in self.edges:
            excess[edge.tail] -= edge.units
            excess[edge.head] += edge.units
        return excess

    def _cheapest_path(self, excess: list[int]) -> list[_Edge]:
        """From any node with too much to any with too little (Bellman and Ford: turned figures cost
        negative)."""
        costs: list[int | None] = [0 if over > 0 else None for over in excess]
        reached_by: list[tuple[int, _Edge] | None] = [None] * self.nodes
        changed = True
        while changed:
            changed = False
            for edge in self.edges:
                if edge.is_exact:
                    continue
                start, end = (edge.head, edge.tail) if edge.is_raised else (edge.tail, edge.head)
                step = -edge.raising_costs if edge.is_raised else edge.raising_costs
                so_far, known = costs[start], costs[end]
                if so_far is not None and (known is None or so_far + step < known):
                    costs[end], reached_by[end], changed = so_far + step, (start, edge), True
        _, node = min(
            (cost, node) for node, cost in enumerate(costs) if cost is not None and excess[node] < 0
        )
        path: list[_Edge] = []
        while (step_back := reached_by[node]) is not None:
            node = step_back[0]
            path.append(step_back[1])
        return path
