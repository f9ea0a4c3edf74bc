"""The public check of a document tells that it was issued and nothing else; PDFs and jobs stay behind the wall."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kernel.acts.models import Act
from kernel.work import jobs
from kernel.work.models import JobRun
from tests.cast import Cast, freshly_signed_in
from tests.walls.objects import issued_for


def test_anybody_with_the_code_learns_that_it_was_issued_and_nothing_confidential(cast: Cast) -> None:
    document = issued_for(cast.bank_a.maker)
    for address in ("/verify/?code=abcd-efgh-jkmn-2346", f"/verify/{document.verify_code}"):
        page = Client().get(address).content.decode()
        assert "确由本平台出具" in page
        assert document.serial in page
        assert "1830000" not in page
        assert cast.bank_a.organisation.name not in page


def test_a_wrong_code_is_not_found_and_the_page_says_what_to_look_at(cast: Cast) -> None:
    assert "未查到" in Client().get("/verify/?code=ABCD").content.decode()
    assert "未查到" not in Client().get("/verify/").content.decode()


def test_the_very_file_is_known_and_a_changed_one_is_not(cast: Cast) -> None:
    document = issued_for(cast.bank_a.maker)
    file = bytes(document.pdf)
    for content, said in ((file, "逐字节一致"), (file + b" ", "未查到")):
        answer = Client().post("/verify/", {"pdf": SimpleUploadedFile("a.pdf", content, "application/pdf")})
        assert said in answer.content.decode()


def test_a_document_is_taken_by_its_owner_and_that_is_recorded(cast: Cast) -> None:
    document = issued_for(cast.bank_a.maker)
    answer = freshly_signed_in(cast.bank_a.checker).get(reverse("document", args=[document.pk]))
    assert (answer["Content-Type"], answer.content) == ("application/pdf", bytes(document.pdf))
    assert Act.objects.get(verb="document.take").account == cast.bank_a.checker.account
    assert (
        freshly_signed_in(cast.bank_b.checker).get(reverse("document", args=[document.pk])).status_code == 404
    )


def test_a_running_job_asks_for_its_progress_and_a_finished_one_no_more(cast: Cast) -> None:
    run = jobs.queue(kind="intake.check", by=cast.bank_a.maker, title="校验 月报.xlsx")
    client, address = freshly_signed_in(cast.bank_a.checker), reverse("job", args=[run.pk])
    JobRun.objects.filter(pk=run.pk).update(state="running", stage="校验第 3 行", done=3, total=200)
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "校验第 3 行" in part
    assert f'hx-get="{address}"' in part
    assert "<html" not in part
    jobs.finish(run.pk, fault="文件已损坏，无法读取")
    page = client.get(address).content.decode()
    assert "文件已损坏，无法读取" in page
    assert f'hx-get="{address}"' not in page
    assert [job.pk for job in client.get(reverse("jobs")).context["jobs"]] == [run.pk]
    assert not freshly_signed_in(cast.bank_b.maker).get(reverse("jobs")).context["jobs"]
