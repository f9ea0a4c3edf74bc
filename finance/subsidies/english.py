"""The English of sentences about subsidies: workings, near misses, suppositions, rules read aloud.

Rules speak Chinese; an English page says the same by the entries of `policies/words/subsidies_en.yaml` (words) and
`subsidy_sentences_en.yaml` (sentences with gaps). What is a policy's own text (reasons, articles, papers, names) stays as it
is written. Pure but for reading the files, once a process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import count

from finance.subsidies.words import ENGLISH, english_known, in_english

SENTENCES = ENGLISH.with_name("subsidy_sentences_en.yaml")
_HAN = re.compile("[\u4e00-\u9fff]")
_JOINTS = {
    "；": "; ", "，且": ", and ", "，或": ", or ", "，": ", ", "、": ", ", " + ": " + ", " − ": " − ", " × ": " × ",
    " ": " ",
}  # fmt: skip
"""What joins parts of a sentence outside brackets, the strongest first, and its English."""
_GAP = re.compile(r"\{([!*]?)\}")
_SAID, _LISTED, _OWN = "said", "listed", "own"
_KINDS = {"": _SAID, "*": _LISTED, "!": _OWN}


def told_in_english(text: str) -> str:
    """The English of a sentence; of one that holds a policy's own words, all but those; the text itself where nothing fits.

    >>> told_in_english("3,000,000.00 元 × 2% = 60,000.00 元")
    '3,000,000.00 yuan × 2% = 60,000.00 yuan'
    >>> told_in_english("合同年利率须降到 4.95%（现为 5.01%，多了 0.06 个百分点）")
    'Contract rate a year must come down to 4.95% (now 5.01%, too much by percentage points: 0.06)'
    >>> told_in_english("单笔上限 50,000.00 元，没有超过（第六条）"), told_in_english("须在双流区")
    ('Cap of one application 50,000.00 yuan, not exceeded (第六条)', '须在双流区')
    """
    whole = in_english_or_none(text)
    if whole is not None:
        return whole
    if (with_own := _by_form(text, with_policy_text=True)) is not None:
        return with_own
    for before, after, joint in _halves(text):
        first, second = in_english_or_none(before), in_english_or_none(after)
        if first is not None or second is not None:
            return joint.format(before if first is None else first, after if second is None else second)
    return text


def _halves(text: str) -> Iterator[tuple[str, str, str]]:
    """The two parts of a text of which one may be a policy's own: an article behind it, a reason before it."""
    before, colon, after = text.partition("：")
    if colon and after:
        yield before, after, "{}: {}"
    yield from ((first, last, "{} ({})") for first, last in _brackets(text))


def _brackets(text: str) -> Iterator[tuple[str, str]]:
    """What stands before the brackets that end a text, and in them."""
    if text.endswith("）"):
        yield from (
            (text[:at], text[at + 1 : -1]) for at, sign in reversed([*enumerate(text)]) if sign == "（" and at
        )


@lru_cache(maxsize=4096)
def in_english_or_none(text: str) -> str | None:
    """The English of the whole text; None where any part of it has none."""
    if not _HAN.search(text):
        return text.replace("……", "…").replace("、", ", ")
    if (known := _known(text)) is not None:
        return known
    if (formed := _by_form(text)) is not None:
        return formed
    for joint, english in _JOINTS.items():
        split = _apart(text, joint)
        parts = [in_english_or_none(one) for one in split] if len(split) > 1 and all(split) else [None]
        if None not in parts:
            return english.join(part for part in parts if part is not None)
    for before, after in _brackets(text):
        parts = [in_english_or_none(before), in_english_or_none(after)]
        if None not in parts:
            return f"{parts[0]} ({parts[1]})"
    return None


def _known(text: str) -> str | None:
    known = _words().get(text) or in_english(text)
    return None if _HAN.search(known) else known


def _gap(name: str, text: str) -> str | None:
    if name.startswith(_OWN):
        return text
    alone = all(len(_apart(text, joint)) == 1 for joint in "；，")
    return in_english_or_none(text) if alone or name.startswith(_LISTED) else _known(text)


def _by_form(text: str, with_policy_text: bool = False) -> str | None:
    """The text by the first form whose gaps all have their English; a gap of a policy's own text needs none."""
    for form, english in _forms(with_policy_text):
        if found := form.fullmatch(text):
            gaps = {name: _gap(name, gap.strip()) for name, gap in found.groupdict().items()}
            if None not in gaps.values():
                return english.format(**gaps)
    return None


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


@cache
def _words() -> Mapping[str, str]:
    return {chinese: english for chinese, english in english_known(SENTENCES).items() if "{" not in chinese}


@cache
def _forms(with_policy_text: bool = False) -> list[tuple[re.Pattern[str], str]]:
    """Texts with gaps, those that say most outside their gaps first; a gap `{!}` holds a policy's own text as it is."""
    gapped = [(chinese, english) for chinese, english in english_known(SENTENCES).items() if "{" in chinese]
    gapped = [pair for pair in gapped if ("{!}" in pair[0]) is with_policy_text]
    gapped.sort(key=lambda pair: -len(_GAP.sub("", pair[0])))
    return [
        (re.compile(_named(chinese, "(?P<{}>.+?)", re.escape), re.DOTALL), _named(english, "{{{}}}"))
        for chinese, english in gapped
    ]


def _named(text: str, gap: str, literal: Callable[[str], str] = str) -> str:
    """The text with its gaps numbered in order, each kind apart; the English names a gap of the same kind by the same place.

    >>> _named("{}最多{}。{!}", "<{}>")
    '<said0>最多<said1>。<own0>'
    """
    counted = {kind: count() for kind in _KINDS.values()}
    parts = _GAP.split(text)
    told = [literal(parts[0])]
    for mark, rest in zip(parts[1::2], parts[2::2], strict=True):
        kind = _KINDS[mark]
        told += [gap.format(f"{kind}{next(counted[kind])}"), literal(rest)]
    return "".join(told)
