"""docs/pledge-registration.md is drawn from policies/registration/: states, moves, grounds and the facts they ask for.

`DRAW=1 bin/test tests/docs/test_pledge_registration.py` writes the page anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from finance.pledges.rules.asked import QUESTIONS
from finance.pledges.rules.book import CONFIDENCE, RuleBook
from finance.pledges.rules.metrics import DATES, METRICS
from finance.pledges.rules.procedure import ACTOR_WORDS
from tests.pledges.by_the_book import ROOT, library

PAGE = ROOT / "docs" / "pledge-registration.md"
HEAD = """# 质押登记 · Pledge registration

Drawn by `tests/docs/test_pledge_registration.py` from `policies/registration/`, and held equal to it. A move that is not
drawn is refused. What only advises is recalled, not read: an officer makes it binding, with a second person.

一类权利一个规则文件，写法见 `policies/registration/_model.yaml`。没有画出的步骤一律拒绝。
凭记忆的条文只提示，经两人复核后改为强制。
缺少事实时答“不知道”，只提示、不拦；可由双方声明放弃的事由从不拦，只生成声明任务。
"""
ROUTES = {"refusal": "不予登记", "deficiency": "补正", "warning": "提示"}
MODES = {"binding": "强制", "advisory": "只提示"}
KINDS = {"open": "未登记", "running": "登记在册", "ended": "终结"}
EFFECTS = {
    "none": "",
    "creates": "质权设立",
    "ends": "自当日消灭",
    "voids": "自始无效",
    "extends": "延长期限",
    "changes": "变更所担保的内容",
}


def drawn(book: RuleBook) -> Iterator[str]:
    """One rule book: states, diagram, moves, grounds."""
    until = book.valid_to or "今"
    yield f"\n## {book.title} · {book.id}\n"
    yield f"{book.registry}；{book.valid_from} 至 {until}。{book.unified_register.title}。\n"
    yield from ("| 状态 | Identifier | |", "| --- | --- | --- |")
    yield from (f"| {state.title} | {state.id} | {KINDS[state.kind]} |" for state in book.states)
    yield from ("\n```mermaid", "stateDiagram-v2", f"    [*] --> {book.start}")
    yield from (
        f"    {before} --> {move.after}: {move.title}" for move in book.transitions for before in move.before
    )
    yield from (f"    {state.id} --> [*]" for state in book.states if state.kind == "ended")
    yield "```\n"
    yield from (
        "| 步骤 | | 谁办 | 凭据 | 要填的 | 效果 | 条文 | 依据 |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    )
    for move in book.transitions:
        who = "、".join(ACTOR_WORDS[actor] for actor in move.actors)
        asks = "、".join(QUESTIONS[name].label for name in move.asks)
        cells = (move.id, move.title, who, move.paper or "、".join(move.evidence), asks, EFFECTS[move.effect])
        yield f"| {' | '.join(cells)} | {move.basis.article} | {CONFIDENCE[move.basis.confidence][0]} |"
    yield from ("\n| 事由 | | 后果 | | 条文 | 依据 |", "| --- | --- | --- | --- | --- | --- |")
    for ground in book.grounds:
        route = "可声明放弃" if ground.waivable else ROUTES[ground.route]
        cells = (ground.id, ground.title, route, MODES[ground.mode], ground.basis.article)
        yield f"| {' | '.join(cells)} | {CONFIDENCE[ground.basis.confidence][0]} |"


def facts() -> Iterator[str]:
    yield "\n## 条件中可用的事实 · Facts that a condition may ask for\n"
    yield from ("| 事实 | |", "| --- | --- |")
    yield from (f"| `{name}` | {title} |" for name, title in METRICS.items())
    yield "\n看管的起算日 · Days to count from：\n"
    yield from ("| 日期 | |", "| --- | --- |")
    yield from (f"| `{name}` | {title} |" for name, title in DATES.items())


def test_the_page_of_pledge_registration_shows_what_the_files_say():
    lines = [line for _, book in sorted(library().books.items()) for line in drawn(book)]
    page = HEAD + "\n".join([*lines, *facts()]) + "\n"
    if os.environ.get("DRAW"):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page
