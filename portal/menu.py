"""The menu of each seat: the table of doors says what is open, this file in which order and under which heading."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Membership
from kernel.pages import wrongly_asked

from .demo.world import ORGANISATIONS
from .doors import DOORS
from .turns import known_turns_of

if TYPE_CHECKING:
    from django.http import HttpRequest

# heading (of this and the following entries), title, URL name
ENTRIES: list[tuple[Any, Any, str]] = [
    ("", _("首页"), "home"),
    ("", _("待办"), "inbox"),
    (_("报送"), _("报送文件"), "intake:list"),
    ("", _("贷款"), "loans:list"),
    (_("质押"), _("质押登记"), "pledges:list"),
    ("", _("登记案件"), "pledges:files"),
    ("", _("权利监测"), "pledges:watch"),
    ("", _("登记规则"), "pledges:rules"),
    ("", _("质押融资统计"), "pledge_statistics"),
    ("", _("登记窗口"), "pledge_windows"),
    ("", _("目标完成"), "targets"),
    (_("风险补偿"), _("资金池"), "pools:list"),
    ("", _("补偿申请"), "claims:list"),
    ("", _("专户收付"), "treasury:list"),
    ("", _("熔断与预警"), "pools:breakers"),
    ("", _("事实陈述"), "pools:facts"),
    ("", _("监测指标"), "indicators"),
    ("", _("损失分担方案"), "policies:list"),
    (_("补贴"), _("贴息与补贴"), "subsidies:list"),
    ("", _("补贴政策"), "subsidy_policies:list"),
    ("", _("放款量补贴"), "volumes:list"),
    (_("评分"), _("免评估评分"), "scores:list"),
    ("", _("评分数据"), "scores:inputs"),
    ("", _("评分授权"), "scores:consents"),
    ("", _("评分记录"), "scores:record"),
    ("", _("模型验证"), "validation:overview"),
    ("", _("评分卡"), "scorecards:list"),
    ("", _("评分卡机构参数"), "scorecards:parameters"),
    (_("白名单"), _("白名单"), "whitelists:list"),
    ("", _("收到的白名单"), "whitelists:received"),
    ("", _("本企业所在白名单"), "whitelists:own"),
    (_("免评估授信"), _("集体授信"), "facilities:list"),
    (_("机构"), _("企业情况"), "parties:own"),
    ("", _("企业信用与规模"), "parties:enterprises"),
    ("", _("收款账户"), "payee_account"),
    ("", _("后台作业"), "jobs"),
]


def of_every_page(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: the viewer, his menu with counts, his other roles."""
    viewer = getattr(request, "viewer", None)
    through_the_doors = hasattr(request, "viewer")  # a page that is only drawn asks no database
    context: dict[str, Any] = {
        "viewer": viewer,
        "demonstration": through_the_doors and is_demonstration(),
        "wrongly_asked": wrongly_asked(request),
    }
    if viewer is None:
        return context
    others = [held for held in request.memberships if held != viewer]  # type: ignore[attr-defined]
    for held in others:
        held.switch_url = reverse("choose_membership", args=[held.pk])
    return {**context, "other_memberships": others, "menu": menu_of(request)}


_BANK = ORGANISATIONS["yz_bank"]  # the demonstration is written whole or not at all
_BANK_CODE, _LOG_IN = _BANK[1], _BANK[5]["maker"][0]
_LOOKS_AGAIN_SECONDS = 60


class _Demonstration:
    """Whether the demonstration's accounts, whose password is public, are in this database; asked once a minute."""

    stands = False
    asked_until = 0.0  # on the monotonic clock of this process


def is_demonstration() -> bool:
    """Whether every page says that it is a demonstration: by setting, or because its accounts are there."""
    if settings.DEMONSTRATION:
        return True
    if monotonic() >= _Demonstration.asked_until:
        _Demonstration.stands = Membership.objects.filter(
            account__username=_LOG_IN, organisation__code=_BANK_CODE
        ).exists()
        _Demonstration.asked_until = monotonic() + _LOOKS_AGAIN_SECONDS
    return _Demonstration.stands


def menu_of(request: Any) -> list[dict[str, Any]]:
    """The entries whose door is open to the viewer; the one whose page this is is marked."""
    viewer, here = request.viewer, request.path
    entries: list[dict[str, Any]] = []
    heading = ""
    for group, title, name in ENTRIES:
        heading = group or heading
        door = DOORS.get(name)
        if door is None or not door.lets("GET", signed_in=True, viewer=viewer):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:  # the room is not mounted in this installation
            continue
        active = here == url or (url != "/" and here.startswith(url))
        if active:  # of two addresses that lead here the longer one is the page's own
            for other in entries:
                active = active and not (other["active"] and len(other["url"]) > len(url))
                other["active"] = other["active"] and len(other["url"]) > len(url)
        entry: dict[str, Any] = {"group": heading, "title": title, "url": url, "active": active}
        entries.append({**entry, **counted(request)} if name == "inbox" else entry)
        heading = ""
    return entries


def counted(request: Any) -> dict[str, Any]:
    """How much waits for the viewer, where the page has asked; or where a browser may ask, once the page is there.

    What waits is told by every room, so that it takes longer to know than most pages take to draw.
    """
    if not getattr(request, "counts_turns", True):
        return {}
    known = known_turns_of(request)
    return {"count_url": reverse("inbox_count")} if known is None else {"count": len(known)}
