"""What the outbox asks of this room for its papers."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.urls import reverse

from finance.parties.queries import in_post
from finance.pledges import actions
from finance.pledges.models import RegistrationFile
from kernel.errors import Refused
from kernel.work import jobs
from kernel.work.outbox import handles, when_set_aside


@handles("pledges.paper")
def make_paper(payload: dict[str, Any]) -> None:
    """Make a paper for whoever asked, if he still holds his role, and end the job with its address."""
    job_id = UUID(payload["job"])
    by = in_post(payload["membership"])
    if by is None:
        jobs.finish(job_id, fault="提出人已不在岗，未制作")
        return
    asked = {"name": payload["name"], "on": dt.date.fromisoformat(payload["on"])}
    try:
        if "action" in payload:  # a paper of a step, with what was answered for it
            step = {"action": payload["action"], "asked": payload["asked"]}
            made = actions.make_step_paper(by=by, file_id=UUID(payload["file"]), **asked, **step)
        else:
            made = actions.make_paper(by=by, file_id=UUID(payload["file"]), **asked)
    except RegistrationFile.DoesNotExist:
        jobs.finish(job_id, fault="案件已不可见，未制作")
    except (
        Refused
    ) as refused:  # what was stated has changed since, or holds a sign that the fonts cannot draw
        jobs.finish(job_id, fault=str(refused))
    else:
        jobs.finish(job_id, outcome=reverse("document", args=[made.pk]))


when_set_aside("pledges.paper")(jobs.given_up)
