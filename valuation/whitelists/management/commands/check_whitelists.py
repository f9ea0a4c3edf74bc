"""`manage.py check_whitelists FILE...`: load each white-list filter and run its worked firms. Needs no database."""

from functools import cache
from pathlib import Path

from kernel.checking import CheckFiles, FileReport
from kernel.shapes import JsonSchema
from valuation.whitelists.examples import run_examples
from valuation.whitelists.loading import load_filter
from valuation.whitelists.shape import whitelist_shape
from valuation.whitelists.shelf import card_named


class Command(CheckFiles):
    help = "核对白名单筛选办法文件：结构、含义和文件里的算例企业。退出码：0 全部符合，1 有算例不符，2 有文件无效。"
    folder = "whitelists"
    files_are = "白名单筛选办法"

    def shape(self) -> JsonSchema:
        return whitelist_shape()

    def examine(self, path: Path, report: FileReport, chosen: list[Path]) -> bool:
        named = cache(card_named)
        rules = load_filter(path, named)
        report.id = rules.id
        card = named(rules.card)
        assert card is not None, "a sound filter names a card that is there"
        report.examples = run_examples(rules, card)
        return True
