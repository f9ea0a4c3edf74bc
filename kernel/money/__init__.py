"""Money: whole fen (int) inside, text and Money at the edges.

Everything here is pure; the model field stands apart in `kernel.money.fields`, which alone knows Django.
"""

from kernel.money.capitals import capitals
from kernel.money.percent import percent_figure, percent_text
from kernel.money.split import split
from kernel.money.split_many import hand_out_missing, split_many, split_many_by_row
from kernel.money.tables import WanColumn, WanTable, wan_column, wan_table
from kernel.money.yuan import fen_from_wan, fen_from_yuan, wan_text, yuan_text

__all__ = [
    "WanColumn",
    "WanTable",
    "capitals",
    "fen_from_wan",
    "fen_from_yuan",
    "hand_out_missing",
    "percent_figure",
    "percent_text",
    "split",
    "split_many",
    "split_many_by_row",
    "wan_column",
    "wan_table",
    "wan_text",
    "yuan_text",
]
