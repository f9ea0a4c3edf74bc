"""An installation without demonstration data: organisations, people and regions by command and file."""

import io

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from finance.parties.models import Account, Organisation
from finance.parties.regions import read_regions
from tests.cast import PASSWORD, Cast


@pytest.mark.django_db
def test_an_empty_house_gets_its_first_bank_and_its_first_clerk(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    call_command("add_organisation", "bank", "JN-1", "济宁第一银行", "--region", "370811", stdout=said)
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    call_command("add_member", "JN-1", "maker", "zhang", "张三", stdout=said)
    assert "已登记：银行 JN-1 济宁第一银行" in said.getvalue()
    assert Account.objects.get(username="zhang").check_password(PASSWORD)


def test_a_wrong_command_is_told_in_chinese_and_writes_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match="CQYZ-A 已使用"):
        call_command("add_organisation", "bank", "CQYZ-A", "另一家银行")
    with pytest.raises(CommandError, match="没有 NOWHERE"):
        call_command("add_member", "NOWHERE", "maker", "zhang", "张三")
    monkeypatch.setattr("sys.stdin", io.StringIO("123\n"))
    with pytest.raises(CommandError, match="不够安全"):
        call_command("add_member", "CQYZ-A", "maker", "zhang", "张三")
    assert not Account.objects.filter(username="zhang").exists()
    assert Organisation.objects.filter(code="CQYZ-A").count() == 1


def test_the_regions_of_the_demonstration_are_there_and_lie_in_each_other() -> None:
    regions = read_regions((settings.POLICIES_DIR / "standards" / "regions.yaml").read_text("utf-8"))
    assert [regions[code].name for code in ("500000", "500103", "370811", "370883")] == [
        *("重庆市", "渝中区", "任城区", "邹城市")
    ]
    assert regions["370883"].parent == "370800"
    assert regions["370800"].parent == "370000"
    assert regions["500103"].parent == "500000"
