"""`manage.py verify`: recompute every balance, split and chain, and name what does not hold; exit 1 then."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from kernel.acts.queries import broken_seals
from kernel.documents.queries import faults_in_documents
from riskpool.claims import queries as claims
from riskpool.claims import verifying
from riskpool.ledger import queries as ledger
from riskpool.pools import breakers
from riskpool.pools import queries as pools
from riskpool.treasury import queries as treasury
from riskpool.volumes import queries as volumes
from valuation.facilities import queries as facilities
from valuation.scores.queries import replaying as scores
from valuation.validation import verifying as validation
from valuation.whitelists import verifying as whitelists

CHECKS = (
    ("账户与分录", ledger.faults),
    ("资金池、限额与在池余额", pools.faults),
    ("付款指令与逐笔对账", treasury.faults),
    ("补偿申请的分担、支付与追偿", verifying.faults),
    ("补偿限额", claims.limit_faults),
    ("止损线的记录", breakers.faults),
    ("放款量补贴", volumes.faults),
    ("评分与额度测算", scores.faults),
    ("模型验证报告与拟合", validation.faults),
    ("白名单的筛选与定稿", whitelists.faults),
    ("集体授信的额度与用款", facilities.faults),
    ("出具的文书", faults_in_documents),
    ("审计记录的封存", broken_seals),
)

HELD_BY_DIGEST = {"评分与额度测算": scores.held_by_digest, "模型验证报告与拟合": validation.held_by_digest}
"""What an earlier working answered is not worked out again; how much that is, is said."""


class Command(BaseCommand):
    help = "重算全部余额、分担与链条，指出不成立之处；有则退出码为 1"

    def handle(self, *args: Any, **options: Any) -> None:
        broken = False
        for title, check in CHECKS:
            found = check()
            broken = broken or bool(found)
            self.stdout.write(
                f"{'✗' if found else '✓'} {title}：{f'{len(found)} 处不符' if found else '全部相符'}"
            )
            if older := HELD_BY_DIGEST.get(title, int)():
                self.stdout.write(f"    其中 {older} 份出自以前的算法，按摘要核对，未重算")
            for sentence in found:
                self.stdout.write(f"    {sentence}")
        if broken:
            sys.exit(1)
