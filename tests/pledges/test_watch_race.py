"""Looks at one moment: two nights and a person who cannot wait raise each alert once."""

from __future__ import annotations

from functools import partial

import pytest

from finance.pledges import actions
from finance.pledges.models import WatchAlert, WatchRun
from tests.cast import make_cast
from tests.pledges.filed import Worked
from tests.work.at_once import at_once


@pytest.mark.race
def test_three_looks_at_one_moment_raise_each_alert_once(own_database):
    with own_database.as_default():
        worked = Worked(make_cast()).registered()
        asked = {"on": worked.today}
        night = partial(actions.look_by_night, files=[worked.file.pk], **asked)
        runs = at_once(night, night, partial(actions.look, by=worked.clerk, file_id=worked.file.pk, **asked))
        assert all(isinstance(run, WatchRun) for run in runs), runs
        assert sorted(run.found for run in runs) == [0, 0, 1]
        assert WatchAlert.objects.get().rule == "PAT-A09"
