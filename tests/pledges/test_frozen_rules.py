"""A rule file of registration that was loaded never changes under its version: loading refuses it, and so does the check."""

from __future__ import annotations

import shutil

import pytest
from django.core.checks import Error
from django.core.management import CommandError, call_command

from config.checks import the_rules_of_registration_are_those_that_were_loaded as check
from kernel.policystore.models import PolicySpan, PolicyVersion
from portal.management.commands import load_policies

pytestmark = pytest.mark.django_db


@pytest.fixture
def installed(tmp_path, settings, monkeypatch):
    """An installation whose policies are a copy, loaded once; its folder of registration rules. The other kinds, which take
    long to load, stay out."""
    for kind in ("_schemes", "_procedures", "_subsidies", "_scorecards"):
        monkeypatch.setattr(load_policies, kind, lambda: iter(()))
    shutil.copytree(settings.POLICIES_DIR, tmp_path / "policies")
    settings.POLICIES_DIR = tmp_path / "policies"
    assert check(databases=["default"]) == [], "nothing is loaded: nothing has changed"
    call_command("load_policies")
    return settings.POLICIES_DIR / "registration"


def mend(path, before, after):
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def test_what_was_loaded_is_kept_and_loads_again(installed):
    kept = set(PolicyVersion.objects.filter(kind="registration").values_list("version", flat=True))
    assert kept >= {"patent@2021", "trademark@2020", "trademark@2027", "copyright@2011", "layout@2001"}
    assert kept >= {"civil@2021", "limitation@2021"}
    assert not PolicySpan.objects.filter(kind="registration").exists(), "the files say when each holds"
    call_command("load_policies")
    assert check(databases=["default"]) == []
    assert check() == [], "without a database nothing is asked"


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("copyright@2011.yaml", "years: '50', ends: same_day", "years: '50', ends: year_end"),
        ("common/limitation@2021.yaml", "confidence: R", "confidence: S"),
    ],
)
def test_a_changed_file_under_its_version_is_refused_with_its_sentence(installed, name, before, after):
    mend(installed / name, before, after)
    version = name.rpartition("/")[2].removesuffix(".yaml")
    with pytest.raises(
        CommandError, match=f"“{version}”已载入过另一内容。已发布的版本不得改动，请改用新的版本号"
    ):
        call_command("load_policies")
    (told,) = check(databases=["default"])
    assert isinstance(told, Error)
    assert told.msg.startswith(f"{version}.yaml：内容与载入时不同")
    assert "另立新的编号" in told.hint


def test_every_changed_file_is_told_at_once_and_one_that_is_gone_too(installed):
    for name in ("patent@2021.yaml", "trademark@2020.yaml"):
        mend(installed / name, "confidence: R}", "confidence: S}")
    with pytest.raises(CommandError) as refused:
        call_command("load_policies")
    assert "patent@2021" in str(refused.value)
    assert "trademark@2020" in str(refused.value)
    (installed / "layout@2001.yaml").unlink()
    assert sorted(one.msg.partition("：")[0] for one in check(databases=["default"])) == [
        "layout@2001.yaml", "patent@2021.yaml", "trademark@2020.yaml",
    ]  # fmt: skip


def test_a_next_version_beside_it_is_loaded(installed):
    text = (installed / "layout@2001.yaml").read_text("utf-8")
    text = text.replace("id: layout@2001", "id: layout@2030\nsupersedes: layout@2001").replace(
        "valid_from: '2001-10-01'", "valid_from: '2030-01-01'"
    )
    assert "2030-01-01" in text
    (installed / "layout@2030.yaml").write_text(text, "utf-8")
    call_command("load_policies")
    assert PolicyVersion.objects.filter(kind="registration", version="layout@2030").exists()
    assert check(databases=["default"]) == []
