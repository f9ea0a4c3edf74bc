"""YAML read strictly: no key twice, no number that has lost its quotes unnoticed, no tags, no tricks of size.

The reader keeps what YAML would throw away: a bare number or date stays a `Bare` with its text, so that the shape can
refuse it where money is calculated, and each place keeps its line for the message.
"""

from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import category

import yaml

from kernel.errors import Problem, Refused, refuse_if_any

LARGEST_BYTES = 1_000_000
MOST_VALUES = 20_000
DEEPEST = 100
# libyaml's parser where the wheel brings it: ten times faster, the same nodes, marks and resolver
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_KINDS = {"int": "数字", "float": "数字", "timestamp": "日期"}


@dataclass(frozen=True)
class Bare:
    """A number or a date that was written without quotes; it has no value, only its text."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"没有加引号的{self.kind} {self.text}"


@dataclass
class Written:
    """What a file says: its values, and on which line each path stands."""

    values: object
    lines: dict[str, int] = field(default_factory=dict)

    def line_of(self, path: str) -> int | None:
        """The line of a place, or of the nearest place above it that is written."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return None


def read_file(path: Path) -> Written:
    """Read one file; Refused in plain words if it is missing, a directory, too large, binary, or not YAML."""
    try:
        if path.is_dir():
            raise Refused(Problem("", "这是目录", "请给出一个 .yaml 文件", "directory"))
        with path.open("rb") as file:  # never more than this: a device or a pipe has no size to ask for
            content = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise Refused(Problem("", "没有这个文件", "请检查文件名", "no_file")) from None
    except (OSError, ValueError) as fault:
        raise Refused(Problem("", f"读不出文件（{fault}）", "请检查文件名和权限", "unreadable")) from None
    if len(content) > LARGEST_BYTES:
        raise Refused(Problem("", "文件超过1 MB", "请给出政策文件", "too_large"))
    return read_text(text_of(content))


def text_of(content: bytes) -> str:
    """The text of a file, without the byte order mark that some editors put first; Refused with the encoding it seems to
    have if it is not UTF-8.

    >>> text_of(b"\\xef\\xbb\\xbfid: x")
    'id: x'
    >>> text_of("编号: 甲".encode("gb18030"))
    Traceback (most recent call last):
    ...
    kernel.errors.Refused: 文件：不是 UTF-8 编码，像是 GB18030（GBK）。请另存为 UTF-8
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused(Problem("文件", "不是 UTF-8 编码，像是 UTF-16", "请另存为 UTF-8", "not_utf8"))
    if b"\x00" in content:
        raise Refused(Problem("", "内容是二进制", "请给出 UTF-8 的 YAML 文本", "binary"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        raise Refused(Problem("", "不是 UTF-8 编码", "请另存为 UTF-8", "not_utf8")) from None
    raise Refused(Problem("文件", "不是 UTF-8 编码，像是 GB18030（GBK）", "请另存为 UTF-8", "not_utf8"))


def read_text(text: str) -> Written:
    """Read YAML text; Refused with the line for anything that is not one plain document.

    >>> read_text("shares: {fund: 0.40}").values
    {'shares': {'fund': Bare(kind='数字', text='0.40')}}
    >>> read_text("a: '1'\\na: '2'")
    Traceback (most recent call last):
    ...
    kernel.errors.Refused: a：第2行又写了一次（已写在第1行）。同一个键只写一次
    """
    try:
        _refuse_depth(text)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as fault:
        raise Refused(Problem(_place_of(fault), "不是有效的 YAML", _reason(fault, text), "yaml")) from None
    except RecursionError:
        raise Refused(Problem("", "嵌套太深", "请拆开书写", "yaml")) from None
    if node is None:
        raise Refused(Problem("", "文件是空的", "请写入内容", "empty"))
    reading = _Reading()
    values = reading.value(node, "", ())
    refuse_if_any(reading.problems)
    return Written(values, reading.lines)


def _refuse_depth(text: str) -> None:
    """Refuse what is nested too deep before any node is made: libyaml's composer recurses in C and would end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise Refused(Problem(f"第{line}行", "嵌套太深", "请拆开书写", "yaml"))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _place_of(fault: yaml.YAMLError) -> str:
    mark = getattr(fault, "problem_mark", None)
    return f"第{mark.line + 1}行第{mark.column + 1}列" if mark else ""


def _reason(fault: yaml.YAMLError, text: str) -> str:
    mark = getattr(fault, "problem_mark", None)
    lines = text.split("\n")
    if mark and mark.line < len(lines) and "\t" in lines[mark.line][: mark.column + 1]:
        return "缩进用空格，不用制表符（Tab）"
    if "escape" in str(getattr(fault, "problem", "")):
        return "引号里的转义不是有效字符；只写普通文字"
    reason = str(getattr(fault, "problem", None) or getattr(fault, "reason", None) or "unreadable")
    return f"请检查缩进、引号和冒号（{reason}）"


class _Reading:
    """One pass over the nodes of a document; counts values so that aliases cannot blow it up."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.lines: dict[str, int] = {}
        self._count = 0

    def value(self, node: yaml.Node, path: str, above: tuple[yaml.Node, ...]) -> object:
        self._count += 1
        if self._count > MOST_VALUES or len(above) > DEEPEST or any(node is other for other in above):
            raise Refused(Problem(path, "内容太多、太深或引用了自己", "请把各项直接写出来", "yaml"))
        self.lines[path] = node.start_mark.line + 1
        if not isinstance(node, yaml.ScalarNode) and node.tag not in _PLAIN_TAGS:
            self._refuse_tag(node, path)
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, above)
        if isinstance(node, yaml.SequenceNode):
            return [
                self.value(item, f"{path}[{index}]", (*above, node)) for index, item in enumerate(node.value)
            ]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: str, above: tuple[yaml.Node, ...]) -> dict[str, object]:
        values: dict[str, object] = {}
        first_lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode) or key_node.value == "<<":
                found = f"第{line}行的键不是普通文字"
                self.problems.append(
                    Problem(path or "文件", found, "键写成普通文字，不用合并键 <<", "yaml_key")
                )
                continue
            key = self._text(str(key_node.value), f"{path or '文件'}（第{line}行的键）")
            place = f"{path}.{key}" if path else key
            if key in values:
                found = f"第{line}行又写了一次（已写在第{first_lines[key]}行）"
                self.problems.append(Problem(place, found, "同一个键只写一次", "duplicate_key"))
                continue
            first_lines[key] = line
            values[key] = self.value(value_node, place, (*above, node))
            self.lines[place] = line
        return values

    def _scalar(self, node: yaml.Node, path: str) -> object:
        kind = str(node.tag).rpartition(":")[2]
        if kind in ("str", "value", "merge"):
            return self._text(str(node.value), f"{path}（第{node.start_mark.line + 1}行）")
        if kind == "null":
            return None
        if kind == "bool":
            return str(node.value).lower() in ("true", "yes", "on")
        if kind in _KINDS:
            return Bare(_KINDS[kind], str(node.value))
        self._refuse_tag(node, path)
        return None

    def _refuse_tag(self, node: yaml.Node, path: str) -> None:
        where = f"{path}（第{node.start_mark.line + 1}行）"
        self.problems.append(Problem(where, f"用了标签 {node.tag}", "只写普通文字、列表和映射", "yaml_tag"))

    def _text(self, text: str, where: str) -> str:
        """The text, if it can be printed and stored; an escape can write characters that cannot (`\\0`, `\\uD800`).

        Nor what cannot be seen: a mark that turns the direction shows another figure than is read, one of no width makes two
        ids of one look.
        """
        odd = next((c for c in text if category(c) in ("Cc", "Cf", "Cs") and c not in "\n\r\t"), None)
        if odd is None:
            return text
        self.problems.append(
            Problem(where, f"有不能显示的字符 U+{ord(odd):04X}", "只写普通文字", "unprintable")
        )
        return text.encode("ascii", "replace").decode()
