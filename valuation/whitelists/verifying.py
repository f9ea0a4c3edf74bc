"""For `manage.py verify`: every list made again from its own rows, and what was approved and pushed against it."""

from __future__ import annotations

from valuation.inputs import Application
from valuation.loading import scorecard_from
from valuation.whitelists import queries, rules
from valuation.whitelists.freezing import sha256_of
from valuation.whitelists.models import ApprovedList, Candidate, Push, WhiteList


def faults() -> list[str]:
    """Sentences naming each list that does not come out again, each approved content and push that is not its digest."""
    found = [sentence for made in WhiteList.objects.order_by("pk").iterator() for sentence in _of_list(made)]
    for approved in ApprovedList.objects.select_related("white_list__house").order_by("pk").iterator():
        if sha256_of(approved.content) != approved.digest:
            found.append(f"白名单 {approved.white_list}：定稿内容与摘要不符")
        if queries.content_of(approved.white_list) != approved.content:
            found.append(f"白名单 {approved.white_list}：定稿内容与候选、调整的记录不符")
    for push in Push.objects.select_related("approved__white_list").order_by("pk").iterator():
        told = list(push.firms.order_by("place").values_list("told", flat=True))
        if sha256_of({"list": push.approved.digest, "firms": told}) != push.digest:
            found.append(f"白名单 {push.approved.white_list}：推送内容与摘要不符")
    return found


def _of_list(made: WhiteList) -> list[str]:
    rules_then, card = queries.filter_of_list(made), scorecard_from(made.card_text)
    if (rules_then.digest, card.digest) != (made.filter_sha256, made.card_sha256):
        return [f"白名单 {made}：办法或评分卡的文本与摘要不符"]
    found = []
    again: dict[str, rules.Judged] = {}
    for one in made.candidates.all():
        judged = rules.judged(rules_then, Application.from_plain(one.given, card))
        if judged.plain() != one.findings:
            found.append(f"白名单 {made}：{one.name} 重新筛选的结果不符")
        if one.answer != Candidate.Answer.WISHED:
            again[rules.name_of(one.name, str(one.enterprise_id))] = judged
    ranked = rules.ranked(rules_then, again.items())
    stood = {
        rules.name_of(one.name, str(one.enterprise_id)): (one.answer, one.place)
        for one in queries.candidates(made)
        if one.answer != Candidate.Answer.WISHED
    }
    places = {name: place for place, name in enumerate(ranked, 1)}
    now = {name: (answer, places[name] if answer == rules.IN else None) for name, answer in ranked.items()}
    return [*found, *([] if now == stood else [f"白名单 {made}：先后或名额重算不符"])]
