"""Two texts that clash, approved at one moment by two persons in two connections: one is published, the other told why."""

from __future__ import annotations

import threading

from django.db import connection

from kernel.errors import Refused
from kernel.policystore import actions
from kernel.policystore.models import PolicySpan, PolicyVersion
from kernel.work.approvals import approve
from tests.books import scheme_version
from tests.cast import make_cast
from tests.policies.texts import NEW, NEXT, OLD


def test_of_two_clashing_publications_at_one_moment_one_holds_and_the_other_is_told(own_database):
    with own_database.as_default():
        cast = make_cast()
        bureau = cast.district_bureau
        scheme_version(OLD)
        texts = [NEXT.replace(NEW, f"{NEW}{letter}") for letter in "ab"]
        drafts = [actions.keep_draft(by=bureau.officer, kind="scheme", text=text) for text in texts]
        asked = [actions.propose_publication(by=bureau.officer, version_id=draft.pk) for draft in drafts]
        line, told = threading.Barrier(len(asked)), list[str]()

        def sign(approval_id: object) -> None:
            try:
                line.wait()
                approve(by=bureau.approver, approval_id=approval_id)
            except Refused as refused:
                told.append(refused.problems[0].code)
            else:
                told.append("published")
            finally:
                connection.close()

        threads = [threading.Thread(target=sign, args=[approval.pk]) for approval in asked]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(told) == ["published", "two_versions"]
        assert PolicyVersion.objects.filter(state="published", shipped=False).count() == 1
        spans = PolicySpan.objects.filter(superseded_at=None).order_by("validity")
        assert [str(span.validity.lower) for span in spans] == ["None", "2026-12-01"]
