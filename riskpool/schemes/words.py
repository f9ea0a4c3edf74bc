"""The Chinese of what a scheme file only shows: what its sources say, what was assumed, roles, rules, titles.

A file keeps the words it was written with, many of them English, and a decision keeps the file's own text; Chinese stands
beside it, one entry a text, in `policies/schemes/_zh.yaml`. Pure but for reading that file, once a process.
"""

import re
from pathlib import Path

from kernel.word_lists import entries_of

ENTRIES = Path(__file__).resolve().parents[2] / "policies" / "schemes" / "_zh.yaml"
METRICS = ENTRIES.with_name("_metrics_zh.yaml")
LABELS = ENTRIES.parents[1] / "words" / "labels_en.yaml"
YES_NO = {"true": "是", "false": "否"}  # as files write it: as it is read
AS_FILES_WRITE_IT = {read: written for written, read in YES_NO.items()}
ACTION_IN_CHINESE = {"warn": "预警", "suspend_new": "暂停新增", "suspend_claims": "暂停赔付"}
NOTES = (
    (re.compile(r"cap (\S+) binds at (\S+)"), "上限 {0} 起作用，限额 {1} 元"),
    (re.compile(r"adjust (\S+) (\S+)"), "调整 {0}：移动 {1} 元"),
    (re.compile(r"stop-loss (\S+): (\S+)"), "止损线 {0} 已触发：{1}"),
    (re.compile(r"coverage ratio missing -> exclude"), "缺少覆盖比例，按不覆盖处理"),
    (re.compile(r"coverage ratio missing -> full"), "缺少覆盖比例，按全部覆盖处理"),
    (re.compile(r"below minimum coverage ratio -> not eligible"), "低于最低覆盖比例，不予覆盖"),
    (re.compile(r"(\S+) binds"), "合格金额上限 {0} 起作用"),
)


def in_chinese(text: str) -> str:
    """The Chinese of a text of a scheme file; the text itself if it has no entry. Refused: see `kernel.word_lists`.

    >>> in_chinese("bank 60%, fund 40% (the reading bank 40% is wrong)")
    '银行60%，基金40%（读作银行40%有误）'
    >>> in_chinese("鲁科字〔2023〕154号")
    '鲁科字〔2023〕154号'
    """
    return entries_of(ENTRIES).get(text, text)


def fact_in_chinese(metric: str) -> str:
    """The Chinese name of a fact; the fact's own name if it has none.

    >>> fact_in_chinese("pool.balance"), fact_in_chinese("moon.phase")
    ('资金池可用余额（元）', 'moon.phase')
    """
    return entries_of(METRICS).get(metric, metric)


def fact_words(metric: str) -> str:
    """A fact as people know it, with the name it has in files.

    >>> fact_words("pool.balance"), fact_words("moon.phase")
    ('资金池可用余额（元）（pool.balance）', 'moon.phase')
    """
    chinese = fact_in_chinese(metric)
    return chinese if chinese == metric else f"{chinese}（{metric}）"


def label_in_english(label: str) -> str:
    """The English of a heading or label that the rules have in Chinese; the label itself if it has none.

    >>> label_in_english("止损线"), label_in_english("没有的标签")
    ('Stop-loss lines', '没有的标签')
    """
    return entries_of(LABELS).get(label, label)


def note_in_chinese(note: str) -> str:
    """A note of a calculation in Chinese; the note itself if it is of no known form.

    >>> note_in_chinese("cap pool_balance binds at 400000.00")
    '上限 pool_balance 起作用，限额 400000.00 元'
    """
    for form, wording in NOTES:
        if found := form.fullmatch(note):
            return wording.format(*(ACTION_IN_CHINESE.get(part, part) for part in found.groups()))
    return note
