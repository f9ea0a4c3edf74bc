"""Chinese sentences in English by a register of entries: texts as they are, and sentences with gaps.

Rules speak Chinese, and what they said is kept so; an English page says the same by files `policies/words/*_en.yaml`, one
entry a text, Chinese: English. A gap is written

    {}    for words that have their own English; the English side may say them in another order as {0}, {1};
    {*}   for several such words in a row;
    {!}   for words that are nobody's to translate (a policy's own text, what a person typed).

Two attitudes to a word without English. Where sentences hold a policy's own text (`keeps_unknown=False`), a form fits only
if every `{}` has its English, so that no text is taken apart that the platform did not compose. Where they hold what people
typed (`keeps_unknown=True`), such a word stands in its place as it is. Pure: knows no files, no Django.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from typing import TypeVar

HAN = re.compile("[\u4e00-\u9fff]")
_JOINTS = {
    "；": "; ", "，且": ", and ", "，或": ", or ", "，": ", ", "、": ", ", "。": ". ", " + ": " + ", " − ": " − ",
    " × ": " × ", " ": " ",
}  # fmt: skip
"""What joins parts of a sentence outside brackets, the strongest first, and its English."""
_LISTED_JOINTS = ("；", "。", "、")
"""Where a text may be taken apart of which some parts have no English."""
_LED = re.compile(r"([^\s\u4e00-\u9fff]+ )(.+)", re.DOTALL)
"""A rule's or a right's number, a day or a count before a text."""
_GAP = re.compile(r"\{([!*]?)(\d?)\}")
_LONGEST, _MOST_PARTS, _DEEPEST, _MOST_LOOKS, _DEEPEST_LOOK = 600, 24, 6, 300, 40
"""What people typed may stand in a sentence: a text beyond these is nobody's composing and stays as it is, so that no typed
text keeps a page waiting. In signs, parts between joints of a kind, brackets in brackets, looks at a part, part in part."""
_SAID, _LISTED, _OWN = "said", "listed", "own"
_KINDS = {"": _SAID, "*": _LISTED, "!": _OWN}
T = TypeVar("T")
Form = tuple[re.Pattern[str], str, tuple[str, ...]]
"""A text with gaps as a pattern, its English, and what of it stands outside the gaps."""


class _TooMuch(Exception):
    """A text has more parts than anybody composes."""


class _Looks(threading.local):
    """How often and how deep the text that is being said was looked at, in this thread."""

    made, depth = 0, 0


class English:
    """The English of Chinese texts by `entries`; `beside` knows more whole texts (itself where it knows none).

    >>> known = English({"利率": "rate", "{} 高于{}": "{} is above {}", "“{!}”的{}": "{} of {!}"})
    >>> known.told("利率 高于3%"), known.told("利率 高于上限"), known.told("“甲方”的利率")
    ('rate is above 3%', '利率 高于上限', 'rate of 甲方')
    >>> English({"{} 高于{}": "{} is above {}"}, keeps_unknown=True).told("甲 高于乙")
    '甲 is above 乙'
    """

    def __init__(
        self,
        entries: Mapping[str, str],
        *,
        beside: Callable[[str], str] = str,
        keeps_unknown: bool = False,
    ) -> None:
        self._whole_texts = {chinese: english for chinese, english in entries.items() if "{" not in chinese}
        gapped = {chinese: english for chinese, english in entries.items() if "{" in chinese}
        self._forms = _forms({one: said for one, said in gapped.items() if "{!}" not in one})
        self._forms_with_own = _forms(
            gapped if keeps_unknown else {one: said for one, said in gapped.items() if "{!}" in one}
        )
        self._beside, self._keeps_unknown = beside, keeps_unknown
        self._looked_at: Callable[[str], str | None] = lru_cache(maxsize=4096)(self._whole)
        self._looks = _Looks()

    def told(self, text: str) -> str:
        """The English of a text; of one with words that have none, all but those; the text itself where nothing fits."""
        return self._bounded(self._told, text, text)

    def whole(self, text: str) -> str | None:
        """The English of the whole text; None where any part of it has none."""
        return self._bounded(self._looked_at, text, None)

    def _bounded(self, look: Callable[[str], T], text: str, otherwise: T) -> T:
        """What a look tells, `otherwise` where the text is beyond what anybody composes; at a part of one, just the look."""
        if self._looks.depth:
            return look(text)
        if len(text) > _LONGEST:
            return otherwise
        self._looks.made = 0
        try:
            return look(text)
        except _TooMuch:
            return otherwise

    def _told(self, text: str) -> str:
        with self._one_deeper():
            whole = self._looked_at(text)
            if whole is not None:
                return whole
            if (with_own := self._by_form(text, with_own=True)) is not None:
                return with_own
            return self._in_parts(text) if self._keeps_unknown else self._in_halves(text)

    @contextmanager
    def _one_deeper(self) -> Iterator[None]:
        looks = self._looks
        if looks.depth >= _DEEPEST_LOOK or looks.made >= _MOST_LOOKS:
            raise _TooMuch
        looks.made += 1
        looks.depth += 1
        try:
            yield
        finally:
            looks.depth -= 1

    def _whole(self, text: str) -> str | None:
        with self._one_deeper():
            return self._by_entries(text)

    def _by_entries(self, text: str) -> str | None:
        if not HAN.search(text):
            return text.replace("……", "…").replace("、", ", ")
        if (known := self._known(text)) is not None:
            return known
        if (formed := self._by_form(text)) is not None:
            return formed
        for joint, english in _JOINTS.items():
            split = _apart(text, joint)
            fits = 1 < len(split) <= _MOST_PARTS and all(split)
            parts = [self.whole(one) for one in split] if fits else [None]
            if None not in parts:
                return english.join(part for part in parts if part is not None)
        for before, after in _brackets(text):
            parts = [self.whole(before), self.whole(after)]
            if None not in parts:
                return f"{parts[0]} ({parts[1]})"
        return None

    def _known(self, text: str) -> str | None:
        known = self._whole_texts.get(text)
        if known is None:
            known = self._beside(text)
            return None if HAN.search(known) else known
        return None if HAN.search(known) and not self._keeps_unknown else known

    def _by_form(self, text: str, *, with_own: bool = False) -> str | None:
        """The text by the first form whose gaps can all be said; a gap of somebody's own text is said as it is."""
        for form, english, outside in self._forms_with_own if with_own else self._forms:
            if all(part in text for part in outside) and (found := form.fullmatch(text)):
                keeps = with_own and self._keeps_unknown
                gaps = {
                    name: self._gap(name, gap.strip(), keeps=keeps) for name, gap in found.groupdict().items()
                }
                if None not in gaps.values():
                    return english.format(**gaps)
        return None

    def _gap(self, name: str, text: str, *, keeps: bool) -> str | None:
        if name.startswith(_OWN):
            return text
        if keeps:
            return self.told(text)
        alone = all(len(_apart(text, joint)) == 1 for joint in "；，")
        return self.whole(text) if alone or name.startswith(_LISTED) else self._known(text)

    def _in_halves(self, text: str) -> str:
        """Of two parts one may be a policy's own: an article behind it, a reason before it."""
        for before, after, joint in _halves(text):
            first, second = self.whole(before), self.whole(after)
            if first is not None or second is not None:
                return joint.format(before if first is None else first, after if second is None else second)
        return text

    def _in_parts(self, text: str) -> str:
        """A text with a number before it or its source behind it, or several in a row, if there is English for any part."""
        if led := _LED.fullmatch(text):
            return led[1] + self.told(led[2])
        for before, inside in reversed([*_brackets(text)]):
            if (said := self.told(before)) != before:
                source, mark, how = inside.removesuffix("〕").partition("〔")
                return f"{said} ({source}; {self.told(how)})" if mark else f"{said} ({inside})"
        for joint in _LISTED_JOINTS:
            parts = [one for one in text.split(joint) if one]
            said_parts = [self.told(part) for part in parts] if len(parts) > 1 else parts
            if said_parts != parts:
                return _JOINTS[joint].join(said_parts)
        return text


def _halves(text: str) -> Iterator[tuple[str, str, str]]:
    before, colon, after = text.partition("：")
    if colon and after:
        yield before, after, "{}: {}"
    yield from ((first, last, "{} ({})") for first, last in _brackets(text))


def _brackets(text: str) -> Iterator[tuple[str, str]]:
    """What stands before the brackets that end a text, and in them; nothing where they do not match or lie too deep.

    >>> [*_brackets("甲（乙（丙））")], [*_brackets("甲（乙）（丙）")], [*_brackets("甲）（乙")], [*_brackets("（甲）")]
    ([('甲', '乙（丙）')], [('甲（乙）', '丙')], [], [])
    """
    if not text.endswith("）"):
        return
    depth = deepest = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == "）") - (text[at] == "（")
        deepest = max(deepest, depth)
        if depth == 0:
            if at and deepest <= _DEEPEST:
                yield text[:at], text[at + 1 : -1]
            return


def _apart(text: str, joint: str) -> list[str]:
    """The parts of a text between the joints that stand outside all brackets."""
    parts, start, depth, place = [], 0, 0, 0
    while place < len(text):
        depth += (text[place] in "（“") - (text[place] in "）”")
        if depth == 0 and text.startswith(joint, place):
            parts.append(text[start:place])
            place = start = place + len(joint)
            continue
        place += 1
    return [*parts, text[start:]]


def _forms(gapped: Mapping[str, str]) -> list[Form]:
    """Texts with gaps, those that say most outside their gaps first."""
    ordered = sorted(gapped.items(), key=lambda pair: -len(_GAP.sub("", pair[0])))
    return [
        (
            re.compile(_named(chinese, "(?P<{}>.+?)", re.escape), re.DOTALL),
            _named(english, "{{{}}}"),
            tuple(part for part in _GAP.split(chinese)[::3] if part),
        )
        for chinese, english in ordered
    ]


def _named(text: str, gap: str, literal: Callable[[str], str] = str) -> str:
    """The text with its gaps numbered in order, each kind apart; the English names a gap of the same kind by the same place,
    or by the number that it gives.

    >>> _named("{}最多{}。{!}", "<{}>"), _named("{1} of {0}", "<{}>")
    ('<said0>最多<said1>。<own0>', '<said1> of <said0>')
    """
    counted = {kind: count() for kind in _KINDS.values()}
    parts = _GAP.split(text)
    told = [literal(parts[0])]
    for mark, number, rest in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        kind = _KINDS[mark]
        told += [gap.format(f"{kind}{number or next(counted[kind])}"), literal(rest)]
    return "".join(told)
