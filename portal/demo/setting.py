"""The pools of the demonstration: sources, seats, money, agreements, limits, payee accounts; each step by two persons."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from finance.parties.actions import propose_payee_account
from kernel.policystore.models import PolicyVersion
from kernel.work.approvals import approve
from riskpool.pools import actions as pools

if TYPE_CHECKING:
    from portal.demo.world import World
    from riskpool.pools.models import Pool

WAN = 10_000_00
# pool: code, name, region, bureau's log-ins, procedure, scheme, sources as (code, name, organisation, weight, 万元 twice)
POOLS: tuple[dict[str, Any], ...] = (
    {
        "code": "CQ-YZ-IP", "name": "渝中区知识产权质押融资风险补偿资金池", "region": "500103",
        "officer": "yzcz-officer", "approver": "yzcz-approver",
        "procedure": "cq-yuzhong-ip@2026", "scheme": "chongqing-knowledge-value@2017",
        "bearers": {"fund": {"passes": True}, "fund_city": {"source": "city"}, "fund_district": {"source": "district"}},
        "sources": (
            ("city", "市级资金", "cq_bureau", 4, (1600, 800)),
            ("district", "区级资金", "yz_bureau", 6, (2400, 1200)),
        ),
        "seats": (("manager", "manager"), ("auditor", "auditor")),
        "multiple": 10, "year_payout": 3_200,
        "banks": (("yz_bank", 42_000, 2_000), ("yh_bank", 12_000, 900), ("jl_bank", 8_000, 1_500)),
        # one bank tries the deposit model: set aside on the estimate, settled after the write-off
        "other_schemes": {"jl_bank": ("shanghai-ip-deposit@2023", {"fund": {"pool": True}})},
    },
    {
        "code": "SD-JN-IP", "name": "济宁市知识产权质押贷款风险补偿资金池", "region": "370800",
        "officer": "jn-officer", "approver": "jn-approver",
        "procedure": "sd-jining-ip@2026", "scheme": "jining-lukedai@2023",
        "bearers": {"province": {"source": "province"}, "city": {"source": "city"}},
        "sources": (
            ("province", "省级资金", "sd_bureau", 1, (1000, 500)),
            ("city", "市级资金", "jn_bureau", 1, (1000, 500)),
        ),
        "seats": (),
        "multiple": 10, "year_payout": 2_000,
        "banks": (("yh_bank", 24_000, 1_800), ("yz_bank", 5_000, 300)), "other_schemes": {},
    },
)  # fmt: skip


def set_up_pools(world: World, day: dt.date) -> list[Pool]:
    """Both pools with their money and agreements, opened two years before the demonstration's day."""
    opened = dt.date(day.year - 2, 1, 1)
    _register_payees(world)
    return [_set_up(world, terms, opened, day) for terms in POOLS]


def _register_payees(world: World) -> None:
    for place, maker, checker, number in (
        ("yz_bank", "yz-maker", "yz-checker", "6222500103000018"),
        ("yh_bank", "yh-maker", "yh-checker", "6222370800000026"),
        ("jl_bank", "jl-maker", "jl-checker", "6222500103000034"),
        ("yz_bureau", "yzcz-officer", "yzcz-approver", "3100500103000042"),
    ):
        bank = world.organisations[place]
        office = f"{bank.short_name}营业部" if bank.kind == "bank" else "国家金库渝中支库"
        asked = propose_payee_account(
            by=world.member(maker), holder=bank.name, bank_name=office, number=number
        )
        approve(by=world.member(checker), approval_id=asked.pk)


def _set_up(world: World, terms: dict[str, Any], opened: dt.date, day: dt.date) -> Pool:
    officer, approver = world.member(terms["officer"]), world.member(terms["approver"])

    def by_two(approval: Any) -> Any:
        return approve(by=approver, approval_id=approval.pk)

    pool = pools.found_pool(
        by=officer, code=terms["code"], name=terms["name"], region=terms["region"], opened_on=opened,
        procedure=PolicyVersion.objects.get(kind="procedure", state="published", version=terms["procedure"]),
    )  # fmt: skip
    total = 0
    for code, name, place, weight, paid_wan in terms["sources"]:
        source = pools.add_source(
            by=officer,
            pool=pool,
            code=code,
            name=name,
            organisation=world.organisations[place],
            weight=weight,
        )
        for year, wan in enumerate(paid_wan):
            total += wan * WAN
            by_two(
                pools.propose_contribution(
                    by=officer, source=source, fen=wan * WAN, day=dt.date(opened.year + year, 1, 15),
                    reference=f"{terms['code']}-{code}-{opened.year + year}",
                    on=day,
                )
            )  # fmt: skip
    for place, seat in terms["seats"]:
        pools.give_seat(by=officer, pool=pool, organisation=world.organisations[place], seat=seat)
    limit = pools.LimitTerms(
        "pool_exposure",
        total * terms["multiple"],
        f"放大倍数 {terms['multiple']} 倍，以到位出资为基数（演示设定）",
    )
    by_two(pools.propose_limit(by=officer, pool=pool, terms=limit))
    for year in (day.year - 1, day.year):
        limit = pools.LimitTerms(
            "pool_year_payout", terms["year_payout"] * WAN, "年度补偿预算（演示设定）", None, year
        )
        by_two(pools.propose_limit(by=officer, pool=pool, terms=limit))
    for bank in terms["banks"]:
        _sign(world, terms, pool, bank, opened, day, by_two)
    return pool


def _sign(
    world: World,
    terms: dict[str, Any],
    pool: Pool,
    with_bank: tuple[str, int, int],
    opened: dt.date,
    day: dt.date,
    by_two: Any,
) -> None:
    place, limit_wan, payout_wan = with_bank
    officer, bank = world.member(terms["officer"]), world.organisations[place]
    scheme, bearers = terms["other_schemes"].get(place, (terms["scheme"], terms["bearers"]))
    agreed = pools.AgreementTerms(
        number=f"{terms['code']}-{bank.code}-{opened.year}",
        bank=bank,
        signed_on=opened,
        valid_from=opened,
        valid_to=dt.date(day.year + 1, 12, 31),
        scheme=PolicyVersion.objects.get(kind="scheme", state="published", version=scheme),
        bearers=bearers,
        exposure_limit_fen=limit_wan * WAN,
        basis="合作协议第三条（演示设定）",
    )
    agreement = by_two(pools.propose_agreement(by=officer, pool=pool, terms=agreed))
    for year in (day.year - 1, day.year):
        limit = pools.LimitTerms(
            "bank_year_payout", payout_wan * WAN, "合作协议第六条（演示设定）", agreement, year
        )
        by_two(pools.propose_limit(by=officer, pool=pool, terms=limit))
