"""Cell grammars for words: text, choice from a list, yes or no, lists of identifiers.

Numbers and dates stand in `kernel.sheets.figures`. Every grammar takes a cell and gives a `Reading`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kernel.sheets.cells import Cell, excerpt, folded, tidied
from kernel.sheets.columns import Flaw, Reading, unread

# What a spreadsheet would run as a formula when a text beginning with it is opened or exported.
_FORMULA_STARTS = re.compile(r"^[=+\-@\s＝＋－＠]+")
DISARMED = "【已停用的公式】"


def written(cell: Cell) -> tuple[str, tuple[str, ...]]:
    """The cell's text without a beginning that a spreadsheet would run, and a note of what was taken off.

    >>> written(Cell("text", "+重庆𠮷龘食品有限公司"))
    ('重庆𠮷龘食品有限公司', ('去掉了开头的“+”',))
    """
    text = tidied(cell.text)
    clean = _FORMULA_STARTS.sub("", text)
    if clean == text:
        return text, (("去掉了首尾或不可见的空白",) if text != cell.text else ())
    return clean, (f"去掉了开头的“{text[: len(text) - len(clean)]}”",)


def wrong_kind(cell: Cell, wanted: str) -> Reading | None:
    """A cell of a kind no word can come from."""
    if cell.kind in ("date", "time"):
        return unread("wrong_kind", f"单元格是日期或时间（{cell.text}）", wanted)
    if cell.kind == "boolean":
        return unread("wrong_kind", f"单元格是逻辑值 {cell.text}", wanted)
    return None


@dataclass(frozen=True)
class Text:
    """Free text up to `longest` characters; a leading = + - @ is taken off with a note, never exported
    raw.
    """

    longest: int = 200
    kind: str = "text"

    def read(self, cell: Cell) -> Reading:
        """The text as written, tidied."""
        if bad := wrong_kind(cell, "请填写文字"):
            return bad
        if cell.text.startswith(DISARMED):
            return unread("formula", "单元格原来是公式", "请改填文字本身")
        text, folds = written(cell)
        if not text:
            return unread("only_signs", f"“{excerpt(cell.text)}”没有内容", "请填写文字")
        if len(text) > self.longest:
            return unread("too_long", f"有 {len(text)} 个字", f"最多 {self.longest} 个字")
        return Reading(text, folds)


@dataclass(frozen=True)
class Code:
    """An identifier: like text, but a number that a spreadsheet has mangled is refused, and blanks inside go.

    `pattern` is matched after full-width folding; `wanted` says it in words.
    """

    wanted: str = "请填写编号"
    pattern: str = r".+"
    longest: int = 80
    upper: bool = False
    kind: str = "text"

    def read(self, cell: Cell) -> Reading:
        """The identifier as written, without blanks."""
        if bad := wrong_kind(cell, self.wanted):
            return bad
        if bad := mangled_number(cell, self.wanted):
            return bad
        text, folds = written(cell)
        plain = folded(text).replace(" ", "")
        plain = plain.upper() if self.upper else plain
        if not plain or len(plain) > self.longest or not re.fullmatch(self.pattern, plain):
            return unread("bad_code", f"“{excerpt(cell.text)}”不是有效编号", self.wanted)
        if plain != text and not folds:
            folds = (f"按 {plain} 读入",)
        return Reading(plain, folds)


def mangled_number(cell: Cell, wanted: str, digits: int = 15) -> Reading | None:
    """A code that a spreadsheet turned into a number: above 15 digits the tail is lost for good.

    >>> mangled_number(Cell("number", "915001000000000000"), "").flaws[0].code
    'code_became_number'
    """
    exponent = re.fullmatch(r"\d(\.\d+)?[Ee]\+\d+", folded(cell.text))
    if (cell.kind == "number" and len(cell.text) > digits) or exponent:
        found = f"Excel 把代码变成了数字 {cell.text}，末位已失真"
        return unread(
            "code_became_number", found, f"请把该列设为“文本”格式后重新填写原代码。{wanted}".rstrip("。")
        )
    return None


@dataclass(frozen=True)
class Choice:
    """One of a list; spaces, full-width forms and aliases are folded."""

    options: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    kind: str = "choice"

    def read(self, cell: Cell) -> Reading:
        """The option as the list writes it."""
        wanted = "请填写：" + "、".join(self.options)
        if cell.kind not in ("text", "number"):
            return wrong_kind(cell, wanted) or unread(
                "not_in_list", f"“{excerpt(cell.text)}”不在可选范围", wanted
            )
        key = option_key(cell.text)
        for option in self.options:
            if option_key(option) == key:
                return Reading(option, () if cell.text == option else (f"按“{option}”读入",))
        for alias, option in self.aliases.items():
            if option_key(alias) == key:
                return Reading(option, (f"“{tidied(cell.text)}”按“{option}”读入",))
        return unread("not_in_list", f"“{excerpt(cell.text)}”不在可选范围", wanted)


def option_key(text: str) -> str:
    """What two writings of one option have in common."""
    return folded(text).replace(" ", "").casefold()


@dataclass(frozen=True)
class YesNo:
    """是 or 否; a logical TRUE or FALSE is taken too."""

    kind: str = "choice"
    options: tuple[str, ...] = ("是", "否")

    def read(self, cell: Cell) -> Reading:
        """True or False."""
        words = {
            "是": True,
            "否": False,
            "true": True,
            "false": False,
            "y": True,
            "n": False,
            "√": True,
            "×": False,
        }
        value = words.get(option_key(cell.text))
        if value is None:
            return unread("not_in_list", f"“{excerpt(cell.text)}”不是“是”或“否”", "请填写：是、否")
        return Reading(value, () if cell.text in self.options else (f"按“{'是' if value else '否'}”读入",))


@dataclass(frozen=True)
class Listed:
    """Several identifiers in one cell, separated by ； ; 、 , ， or a line break; each read by `one`.

    `one` takes the identifier's text and gives a Reading whose value is its normal form. A repeat
    inside the cell is dropped with a note. Value: a tuple of normal forms in the order written.
    """

    one: Callable[[str], Reading]
    wanted: str = "多个编号之间用“；”分隔"
    kind: str = "text"

    def read(self, cell: Cell) -> Reading:
        """All identifiers, or every flaw of every one."""
        if bad := wrong_kind(cell, self.wanted) or mangled_number(cell, self.wanted):
            return bad
        text, noted = written(cell)
        values: list[object] = []
        folds, flaws = list(noted), list[Flaw]()
        for piece in re.split(r"[;；、,，\n\r]+", text):
            if not folded(piece):
                continue
            reading = self.one(piece)
            folds += reading.folds
            flaws += reading.flaws
            if reading.value is None:
                continue
            if reading.value in values:
                folds.append(f"{reading.value} 重复填写，只计一次")
            else:
                values.append(reading.value)
        if not values and not flaws:
            return unread("bad_code", f"“{excerpt(cell.text)}”里没有编号", self.wanted)
        failed = any(flaw.level == "error" for flaw in flaws)
        return Reading(None if failed else tuple(values), tuple(folds), tuple(flaws))
