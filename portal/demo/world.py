"""Who there is in the demonstration: organisations of 重庆市渝中区 and 济宁市, their people, forty enterprises."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password

from finance.parties.actions import enrol_person, found_organisation
from finance.parties.models import Account, Membership, Organisation
from finance.parties.rules import credit_code_check_character, organisation_check_character

PASSWORD = "zhirong-demo-2026"

# place: kind, code, name, short name, region, people as role -> (log-in, name)
ORGANISATIONS: dict[str, tuple[str, str, str, str, str, dict[str, tuple[str, str]]]] = {
    "yz_bank": (
        *("bank", "YZYH", "重庆渝州银行股份有限公司", "渝州银行", "500103"),
        {"maker": ("yz-maker", "林晓月"), "checker": ("yz-checker", "周明达")},
    ),
    "yh_bank": (
        *("bank", "YHYH", "济宁运河银行股份有限公司", "运河银行", "370811"),
        {"maker": ("yh-maker", "孔令仪"), "checker": ("yh-checker", "孟庆河")},
    ),
    "jl_bank": (
        *("bank", "JLYH", "重庆嘉陵银行股份有限公司", "嘉陵银行", "500103"),
        {"maker": ("jl-maker", "文知秋"), "checker": ("jl-checker", "武定远")},
    ),
    "guarantor": (
        *("guarantor", "CQXWDB", "重庆市小微企业融资担保有限公司", "小微担保", "500000"),
        {"officer": ("guarantor", "冉经纬")},
    ),
    "cq_bureau": (
        *("finance_bureau", "CQCZ", "重庆市财政局", "重庆市财政局", "500000"),
        {"officer": ("cq-officer", "郑远"), "approver": ("cq-approver", "吴钧")},
    ),
    "yz_bureau": (
        *("finance_bureau", "YZCZ", "重庆市渝中区财政局", "渝中区财政局", "500103"),
        {"officer": ("yzcz-officer", "何静"), "approver": ("yzcz-approver", "罗守正")},
    ),
    "sd_bureau": (
        *("finance_bureau", "SDCZ", "山东省财政厅", "山东省财政厅", "370000"),
        {"officer": ("sd-officer", "于泽"), "approver": ("sd-approver", "姜衡")},
    ),
    "jn_bureau": (
        *("finance_bureau", "JNCZ", "济宁市财政局", "济宁市财政局", "370800"),
        {"officer": ("jn-officer", "颜敏"), "approver": ("jn-approver", "曾立")},
    ),
    "cq_ip": (
        *("ip_bureau", "CQZSCQ", "重庆市知识产权局渝中受理窗口", "渝中受理窗口", "500103"),
        {"clerk": ("yz-clerk", "唐窗明")},
    ),
    "jn_ip": (
        *("ip_bureau", "JNZSCQ", "济宁市知识产权局受理窗口", "济宁受理窗口", "370800"),
        {"clerk": ("jn-clerk", "任几净")},
    ),
    "manager": (
        *("fund_manager", "YZJJ", "渝中区产业基金管理有限公司", "渝中基金公司", "500103"),
        {"officer": ("fund-officer", "陶金"), "approver": ("fund-approver", "石稳")},
    ),
    "auditor": (
        *("auditor", "CQSJ", "重庆市审计局", "重庆市审计局", "500000"),
        {"auditor": ("auditor", "明察")},
    ),
    "insurer": (
        *("insurer", "JLBX", "嘉陵财产保险股份有限公司", "嘉陵保险", "500000"),
        {"officer": ("insurer", "保安平")},
    ),
    "appraiser": (
        *("appraiser", "BYPG", "巴渝资产评估有限公司", "巴渝评估", "500000"),
        {"officer": ("appraiser", "衡之平")},
    ),
}

# what one clerk of a window enters from a file another confirms
SECOND_CLERKS = {"cq_ip": ("yz-clerk-2", "杜复明"), "jn_ip": ("jn-clerk-2", "仲再审")}

CHONGQING = (("500103", "渝中区"), ("500112", "渝北区"), ("500105", "江北区"))
JINING = (("370811", "任城区"), ("370881", "曲阜市"), ("370883", "邹城市"))
_FIRST = [
    "山城",
    "两江",
    "嘉陵",
    "渝州",
    "朝天",
    "鹅岭",
    "洪崖",
    "歌乐",
    "缙云",
    "南山",
    "泗上",
    "济水",
    "运河",
    "任城",
    "尼山",
    "微湖",
    "梁父",
    "汶上",
    "峄山",
    "鱼台",
]
_TRADE = [
    "精密仪器",
    "软件",
    "生物医药",
    "智能装备",
    "新材料",
    "文化创意",
    "食品",
    "农业科技",
    "环保设备",
    "光电",
]


@dataclass(frozen=True)
class Firm:
    """A borrower before it has borrowed: the bank's filing makes it an organisation."""

    name: str
    credit_code: str
    region: str
    district: str


@dataclass
class World:
    organisations: dict[str, Organisation] = field(default_factory=dict)
    members: dict[str, Membership] = field(default_factory=dict)

    def member(self, log_in: str) -> Membership:
        return self.members[log_in]


def found_world() -> World:
    """Every organisation and log-in of the demonstration."""
    world = World()
    chance = random.Random(20261120)
    for place, (kind, code, name, short_name, region, people) in ORGANISATIONS.items():
        organisation = found_organisation(
            kind=kind,
            code=code,
            name=name,
            short_name=short_name,
            region=region,
            credit_code=_credit_code(region, chance)
            if kind not in ("finance_bureau", "ip_bureau", "auditor")
            else "",
        )
        world.organisations[place] = organisation
        for role, (log_in, person) in people.items():
            world.members[log_in] = enrol_person(
                organisation=organisation, role=role, name=person, username=log_in
            )
    for place, (log_in, person) in SECOND_CLERKS.items():
        world.members[log_in] = enrol_person(
            organisation=world.organisations[place], role="clerk", name=person, username=log_in
        )
    return world


def give_passwords(world: World) -> None:
    """One password for all, hashed once: hashing is slow on purpose."""
    Account.objects.filter(memberships__in=world.members.values()).update(password=make_password(PASSWORD))


def firms(chance: random.Random, places: tuple[tuple[str, str], ...], count: int) -> list[Firm]:
    """`count` firms with names of their own and credit codes whose check characters hold."""
    city = "重庆" if places is CHONGQING else "济宁"
    firsts = _FIRST[:10] if places is CHONGQING else _FIRST[10:]
    names = [f"{city}{first}{trade}有限公司" for first in firsts for trade in _TRADE]
    made = []
    for name in chance.sample(names, count):
        region, district = chance.choice(places)
        made.append(Firm(name, _credit_code(region, chance), region, district))
    return made


def _credit_code(region: str, chance: random.Random) -> str:
    body = "MA" + "".join(chance.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(6))
    first17 = f"91{region}{body}{organisation_check_character(body)}"
    return first17 + credit_code_check_character(first17)


def enrol_owner(organisation: Organisation, log_in: str, name: str) -> Membership:
    """Give a borrower its owner's log-in."""
    return enrol_person(organisation=organisation, role="owner", name=name, username=log_in)
