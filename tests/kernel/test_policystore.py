"""A policy version that was published is what it was for ever; it is published by two persons or shipped."""

import hashlib

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from kernel.policystore.models import PolicyVersion

pytestmark = pytest.mark.django_db


def version(name: str = "test@2026", **changed) -> PolicyVersion:
    given = {
        "kind": "scheme", "family": "test", "version": name, "title": "测试方案", "text": "a: 1", "state": "published",
        "shipped": True, "sha256": hashlib.sha256(b"a: 1").hexdigest(),
    }  # fmt: skip
    return PolicyVersion.objects.create(**given | changed)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policystore_policyversion SET text = 'a: 2'",
        "UPDATE policystore_policyversion SET valid_to = '2026-12-31'",
        "UPDATE policystore_policyversion SET state = 'draft'",
        "UPDATE policystore_policyversion SET shipped = false",
        "DELETE FROM policystore_policyversion",
        "TRUNCATE policystore_policyversion CASCADE",
    ],
)
def test_a_published_version_is_out_of_reach_of_raw_sql(statement):
    version()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert (
        PolicyVersion.objects.filter(text="a: 1", state="published", shipped=True, valid_to=None).count() == 1
    )


def test_a_draft_may_change_and_is_published_only_by_two_persons_or_with_the_product():
    draft = version(state="draft", shipped=False)
    draft.text = "a: 2"
    draft.save(update_fields=["text"])
    draft.state = "published"
    with pytest.raises(IntegrityError, match="published_by_two_persons_or_shipped"), transaction.atomic():
        draft.save(update_fields=["state"])


def test_a_version_is_loaded_once_in_its_kind():
    version()
    with pytest.raises(IntegrityError, match="a_policy_version_is_loaded_once"), transaction.atomic():
        version(text="a: 2")


def test_a_version_does_not_end_before_it_begins():
    with pytest.raises(IntegrityError, match="does_not_end_before_it_begins"), transaction.atomic():
        version(valid_from="2026-02-01", valid_to="2026-01-31")
