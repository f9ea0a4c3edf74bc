"""Loans by pages, a pool's position as of a day, the API's own description, and answers that fit it."""

import datetime as dt
import json

import jsonschema
import pytest
import yaml
from django.core.management import call_command
from django.utils import timezone

from tests.api.calls import FILINGS, by_token, file_in, problem
from tests.books import LENT, go_bad, lend, open_books
from tests.ground import laid
from tests.intake.workbooks import few

pytestmark = pytest.mark.django_db


@laid
def books(cast):
    held = open_books(cast)
    held.pay_in("city", 4_000_000_00)
    held.pay_in("district", 6_000_000_00)
    held.enrol(held.lend(500_000_00))
    return held


def test_loans_come_in_pages_that_new_rows_do_not_shift(cast):
    bank, borrower = cast.bank_a.organisation, cast.enterprise_a.organisation
    numbers = [lend(bank, borrower, 100_000_00 + n).bank_loan_no for n in range(5)]
    lend(cast.bank_b.organisation, borrower, 999_00)
    client, seen = by_token(cast.bank_a.maker), []
    address = "/api/v1/loans/?page_size=2"
    while address:
        page = client.get(address).json()
        seen += [row["bank_loan_no"] for row in page["results"]]
        lend(bank, borrower, 1_00)  # comes in while somebody turns the pages
        address = page["next"]
    assert seen == list(reversed(numbers))


def test_a_loan_says_its_terms_and_its_last_report_in_texts(cast):
    loan = lend(cast.bank_a.organisation, cast.enterprise_a.organisation, 183_000_005)
    go_bad(loan, 120_000_000)
    (row,) = by_token(cast.enterprise_a.owner).get("/api/v1/loans/").json()["results"]
    assert row["principal"] == {"amount": "1830000.05", "currency": "CNY"}
    assert row["balance"] == {"amount": "1200000.00", "currency": "CNY"}
    assert (row["annual_rate_percent"], row["overdue_since"]) == ("3.850000", "2026-07-01")
    assert (row["grade"], row["reported_for"]) == ("substandard", "2026-10-01")


@pytest.mark.parametrize("cursor", ["nonsense", "cD1hYmM=", "%00", "cD0nOyBEUk9QIFRBQkxFIHgtLQ=="])
def test_a_forged_cursor_is_refused_or_harmless(cast, cursor):
    lend(cast.bank_a.organisation, cast.enterprise_a.organisation, 1_00)
    answer = by_token(cast.bank_a.maker).get(f"/api/v1/loans/?cursor={cursor}")
    assert answer.status_code in (200, 400, 404), answer.content


def test_the_number_of_questions_to_the_database_does_not_grow_with_the_page(
    cast, django_assert_max_num_queries
):
    for n in range(30):
        go_bad(lend(cast.bank_a.organisation, cast.enterprise_a.organisation, 1_00 + n), 1_00)
    client = by_token(cast.bank_a.maker)
    with django_assert_max_num_queries(6):
        assert len(client.get("/api/v1/loans/").json()["results"]) == 30


def position(client, books, query=""):
    return client.get(f"/api/v1/pools/{books.pool.pk}/position/{query}")


def test_the_position_of_a_pool_by_source(cast, books):
    told = position(by_token(cast.district_bureau.officer), books).json()
    assert told["cash"] == told["free"] == {"amount": "10000000.00", "currency": "CNY"}
    assert told["exposure"] == {"amount": "500000.00", "currency": "CNY"}
    assert (told["live_loans"], told["leverage"], told["known_at"]) == (1, "1/20", None)
    assert [(source["code"], source["cash"]["amount"]) for source in told["sources"]] == [
        ("city", "4000000.00"),
        ("district", "6000000.00"),
    ]


def test_the_position_tells_what_lies_in_escrow_so_that_its_figures_add_up_to_the_cash(cast):
    books = open_books(cast, "shanghai-ip-deposit@2023", {"fund": {"pool": True}})
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    books.pay(books.accept(books.file(books.bad_loan(3_000_000_00), 3_000_000_00)))
    told = position(by_token(cast.district_bureau.officer), books).json()
    # 80 % of 3,000,000.00 is set aside, by 4:6
    assert [told[name]["amount"] for name in ("cash", "reserved", "escrowed", "free")] == [
        "10000000.00", "0.00", "2400000.00", "7600000.00",
    ]  # fmt: skip
    assert [source["escrowed"]["amount"] for source in told["sources"]] == ["960000.00", "1440000.00"]


def test_the_position_as_of_a_day_and_as_known_at_a_moment(cast, books):
    client = by_token(cast.city_bureau.officer)
    known_before = timezone.localtime()
    books.pay_in("city", 1_000_000_00)
    assert position(client, books, f"?on={LENT}").json()["cash"]["amount"] == "11000000.00"
    assert position(client, books, f"?on={LENT - dt.timedelta(days=1)}").json()["cash"]["amount"] == "0.00"
    unquoted = f"?known_at={known_before.isoformat()}"  # its plus sign arrives as a blank
    told = position(client, books, unquoted).json()
    assert (told["cash"]["amount"], told["known_at"]) == ("10000000.00", known_before.isoformat())
    assert position(client, books, "?known_at=2020-01-01").json()["cash"]["amount"] == "0.00"


@pytest.mark.parametrize(
    "query",
    ["?on=2026-02-30", "?on=", "?on=20261120", "?on=2999-01-01", "?on=today", "?on=%00", "?known_at=never",
     "?known_at=2026-11-20T10:00:00", "?known_at=", "?on=２０２６-11-20"],
)  # fmt: skip
def test_a_day_that_is_none_is_told_not_guessed(cast, books, query):
    (fault,) = problem(position(by_token(cast.district_bureau.officer), books, query), 400)["errors"]
    assert fault["where"] == query[1:].partition("=")[0]
    assert fault["code"] == "bad_parameter"


@pytest.fixture(scope="module")
def description(tmp_path_factory):
    path = tmp_path_factory.mktemp("schema") / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(path))
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_description_is_valid_and_open_to_whoever_is_signed_in(cast, client, description):
    assert description["openapi"].startswith("3.")
    assert set(description["paths"]) == {
        "/api/v1/filings/",
        "/api/v1/filings/{filing_id}/",
        "/api/v1/jobs/{job_id}/",
        "/api/v1/loans/",
        "/api/v1/pools/{pool_id}/position/",
        "/api/v1/scores/",
        "/api/v1/scores/{score_id}/",
        "/api/v1/scores/{score_id}/line/",
        "/api/v1/scoring-inputs/",
    }
    assert client.get("/api/schema/").status_code == 404
    served = cast.signed_in(cast.enterprise_a.owner).get("/api/schema/?format=json")
    assert served.json()["paths"].keys() == description["paths"].keys()


def fits(description, path, method, code, body):
    """Whether a body is what the description promises for this answer."""
    promised = description["paths"][path][method]["responses"][str(code)]["content"]
    (schema,) = (content["schema"] for content in promised.values())
    resolved = {**schema, "components": description["components"]}
    text = json.dumps(resolved).replace('"nullable": true', '"x-nullable": true')
    validator = jsonschema.Draft202012Validator(json.loads(text))
    return [
        f"{'/'.join(map(str, fault.path))}: {fault.message}"
        for fault in validator.iter_errors(without_nulls(body))
    ]


def without_nulls(value):
    """OpenAPI 3.0 says `nullable`, which JSON Schema does not know: what is null is left out, unless it is required."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items()}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def test_answers_are_what_the_description_promises(cast, books, description):
    bank, bureau = by_token(cast.bank_a.maker), by_token(cast.district_bureau.officer)
    received = file_in(bank, few()).json()
    from kernel.work import outbox

    outbox.drain()
    go_bad(lend(cast.bank_a.organisation, cast.enterprise_a.organisation, 5_00), 5_00)
    asked = [
        ("/api/v1/filings/{filing_id}/", bank.get(f"{FILINGS}{received['id']}/")),
        ("/api/v1/loans/", bank.get("/api/v1/loans/?page_size=1")),
        ("/api/v1/jobs/{job_id}/", bank.get(f"/api/v1/jobs/{received['job']}/")),
        ("/api/v1/pools/{pool_id}/position/", position(bureau, books)),
    ]
    for path, answer in asked:
        assert answer.status_code == 200
        promised = set(required_of(description, path))
        assert promised == set(answer.json()), path
        faults = [
            fault
            for fault in fits(description, path, "get", 200, answer.json())
            if "None is not" not in fault
        ]
        assert faults == [], path


def required_of(description, path):
    (content,) = description["paths"][path]["get"]["responses"]["200"]["content"].values()
    name = content["schema"]["$ref"].rpartition("/")[2]
    return description["components"]["schemas"][name]["properties"]
