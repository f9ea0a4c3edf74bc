"""Laws that hold for every scheme, not only for those written so far: random parties, transfers, slices, caps, adjusts."""

import io
import json
import tokenize
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.strict_yaml import Written
from riskpool.schemes import apportion, load_scheme, replay, share_recovery, stored, working_lines
from riskpool.schemes.building import scheme_of
from riskpool.schemes.engine import Apportionment
from riskpool.schemes.loading import resolved

pytestmark = pytest.mark.long

laws = settings(max_examples=100, deadline=None)
ROOM = Path(__file__).parents[2] / "riskpool" / "schemes"
PAYERS = ["fund", "insurer", "city", "district"]


def decimals(unit, low, high):
    """Whole numbers of 1/unit as quoted decimals."""
    places = len(str(unit)) - 1
    return st.integers(low * unit, high * unit).map(lambda n: f"{n // unit}.{n % unit:0{places}d}")


amounts = decimals(100, 0, 2_000_000)
metric_amounts = st.sampled_from(["pool.first", "pool.second"])
operations = st.sampled_from(["add", "min", "max", "sub"])
expressions = st.recursive(
    st.one_of(amounts, metric_amounts),
    lambda inner: st.one_of(
        st.builds(lambda op, parts: {op: parts}, operations, st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda share, part: {"mul": [share, part]}, decimals(1000, 0, 1), inner),
        st.builds(lambda part: {"div": [part, "3"]}, inner),
        st.builds(lambda part: {"floor": [part]}, inner),
    ),
    max_leaves=5,
)
condition = st.builds(
    lambda metric, op, value: {"metric": metric, "op": op, "value": value},
    st.sampled_from(["loan.class", "loan.size", "loan.unknown"]),
    st.sampled_from(["==", "!=", "<", ">="]),
    st.sampled_from(["1", "2.0", "3"]),
)
conditions = st.lists(condition, max_size=1)


@st.composite
def shares(draw, payers, most=100):
    left, drawn = most, {}
    for code in payers:
        if left and draw(st.booleans()):
            percent = draw(st.integers(0, left))
            left -= percent
            drawn[code] = f"{percent / 100:.2f}" if percent < 100 else "1.00"
    return drawn


@st.composite
def transfers(draw, parties, proportional=False):
    giver = "bank" if proportional else draw(st.sampled_from(parties))
    payers = draw(st.permutations([code for code in parties if code != giver]))
    step = {"type": "transfer", "from": giver, "of": "loss"}
    if proportional:
        return step | {"of": "borne:bank", "shares": draw(shares(payers))}
    step["of"] = draw(st.sampled_from(["loss", *(f"borne:{code}" for code in parties)]))
    if draw(st.booleans()):
        when = st.lists(condition, min_size=1, max_size=2)
        row = st.fixed_dictionaries({"when": when, "shares": shares(payers, 80)})
        rows = draw(st.lists(row, min_size=1, max_size=3))
        step["share_table"] = {"pick": draw(st.sampled_from(["first", "max"])), "rows": rows}
        step["uplifts"] = [{"when": draw(conditions), "party": payers[0], "add": "0.20"}]
    else:
        step["shares"] = draw(shares(payers))
    if draw(st.booleans()):
        step["slice"] = {
            end: draw(expressions) for end in draw(st.sets(st.sampled_from(["attach", "detach"])))
        }
    return step | {"when": draw(conditions)}


@st.composite
def caps(draw, parties, number):
    capped = draw(st.lists(st.sampled_from(parties), min_size=1, max_size=len(parties) - 1, unique=True))
    overflow = draw(st.sampled_from([code for code in parties if code not in capped]))
    return {
        "type": "cap",
        "id": f"c{number}",
        "parties": capped,
        "limit": draw(expressions),
        "overflow_to": overflow,
    }


@st.composite
def adjusts(draw, parties, number):
    giver, taker = draw(st.permutations(parties))[:2]
    return {"type": "adjust", "id": f"a{number}", "party": giver, "to": taker, "amount": draw(amounts)}


either_method = st.sampled_from(["largest_remainder", "floor"])


@st.composite
def documents(draw, proportional=False, method=either_method):
    parties = draw(st.permutations(["bank", *PAYERS[: draw(st.integers(1, 4))]]))
    steps = []
    for number in range(draw(st.integers(1, 5))):
        kind = "only" if proportional else draw(st.sampled_from(["transfer", "transfer", "cap", "adjust"]))
        strategy = {
            "only": transfers(parties, proportional=True),
            "transfer": transfers(parties),
            "cap": caps(parties, number),
            "adjust": adjusts(parties, number),
        }[kind]
        steps.append(draw(strategy))
    document = {
        "id": "random@2030",
        "lender": "bank",
        "parties": [{"code": code} for code in parties],
        "loss_base": {"include": ["principal", "interest"]},
        "steps": steps,
        "rounding": {"unit": "0.01", "method": draw(method)},
    }
    if not proportional:
        document["loss_base"]["coverage"] = {
            "metric": "loan.ratio",
            "if_missing": draw(st.sampled_from(["exclude", "full"])),
        }
        document["loss_base"]["eligible_caps"] = [
            {"id": "part", "basis": "loan_amount_prorata", "loan_metric": "loan.size", "limit": draw(amounts)}
        ]
    if draw(st.booleans()):
        cut = draw(st.integers(0, len(parties)))
        groups = [group for group in (list(parties[:cut]), list(parties[cut:])) if group]
        document["recovery"] = {"distribution": "priority", "order": groups}
    return document


losses = st.fixed_dictionaries(
    {"principal": st.integers(0, 10**11), "interest": st.integers(0, 10**8), "penalty": st.integers(0, 10**6)}
)
metrics = st.fixed_dictionaries(
    {"pool.first": amounts, "pool.second": amounts, "loan.size": amounts},
    optional={"loan.ratio": decimals(1000, 0, 1), "loan.class": st.sampled_from(["1", "1.00", "2"])},
)


def loaded(document):
    """Checked like a file, without the way through YAML text."""
    return scheme_of(resolved(Written(document), lambda scheme_id: None))


def shared(document, loss, facts) -> tuple:
    scheme = loaded(document)
    return scheme, apportion(scheme, loss, facts)


@laws
@given(documents(), losses, metrics)
def test_the_parts_add_up_and_nobody_bears_less_than_nothing_or_more_than_all(document, loss, facts):
    _, result = shared(document, loss, facts)
    assert sum(result.borne.values()) == result.covered_fen
    assert result.covered_fen + result.outside_fen == sum(loss.values())
    assert all(0 <= fen <= result.covered_fen for fen in result.borne.values())
    assert list(result.borne) == [party["code"] for party in document["parties"]]


@laws
@given(documents(), losses, metrics)
def test_a_stored_decision_comes_to_the_same_fen_again(document, loss, facts):
    scheme, result = shared(document, loss, facts)
    decision = json.loads(json.dumps(stored(scheme, result)))
    assert replay(decision) == result
    assert working_lines(replay(decision).working) == working_lines(result.working)


def turned_round(value):
    """The same values with the keys of every map in the opposite order; lists stay."""
    if isinstance(value, dict):
        return {key: turned_round(value[key]) for key in reversed(value)}
    return [turned_round(item) for item in value] if isinstance(value, list) else value


@laws
@given(documents(), losses, metrics)
def test_the_order_of_keys_means_nothing(document, loss, facts):
    _, result = shared(document, loss, facts)
    scheme = load_scheme(yaml.safe_dump(turned_round(document), sort_keys=False))
    assert apportion(scheme, turned_round(loss), turned_round(facts)).digest == result.digest
    assert apportion(scheme, loss, facts).borne == result.borne


@laws
@given(documents(), losses, metrics, st.integers(0, 10**11), st.integers(0, 10**9))
def test_a_recovery_returns_the_net_and_nobody_but_the_lender_more_than_it_bore(
    document, loss, facts, gross, costs
):
    scheme, result = shared(document, loss, facts)
    recovery = share_recovery(scheme, result, gross, costs)
    assert recovery.net_fen == max(gross - costs, 0)
    assert sum(recovery.returned.values()) + recovery.to_lender_outside_fen == recovery.net_fen
    for code in scheme.codes:
        assert recovery.returned[code] >= 0
        assert recovery.final_net[code] == result.borne[code] - recovery.returned[code]
        assert code == "bank" or recovery.returned[code] <= result.borne[code]


@laws
@given(
    documents(),
    losses,
    metrics,
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**7)), max_size=6),
)
def test_recoveries_in_pieces_return_what_one_piece_would_within_a_fen(document, loss, facts, pieces):
    scheme, result = shared(document, loss, facts)
    gross = costs = highest = 0
    had: dict[str, int] = {}
    for more_gross, more_costs in pieces:
        gross, costs = gross + more_gross, costs + more_costs
        so_far = share_recovery(scheme, result, gross, costs, had)
        assert min(so_far.pay_now.values()) >= 0
        had = dict(so_far.paid_so_far)
        highest = max(highest, so_far.to_covered_fen)
        assert sum(had.values()) == highest
        if highest == so_far.to_covered_fen:
            off = [abs(had[code] - so_far.returned[code]) for code in scheme.codes]
            allowed = 1 if document["rounding"]["method"] == "largest_remainder" else len(scheme.codes)
            assert max(off) <= allowed


@laws
@given(
    documents(proportional=True, method=st.just("largest_remainder")),
    st.integers(1, 10**9),
    st.integers(0, 10**9),
)
def test_before_payment_or_after_the_lender_is_left_with_the_same(document, principal, recovered):
    recovered = min(recovered, principal)
    scheme = loaded(document | {"recovery": {}})
    before = apportion(scheme, {"principal": principal - recovered}, {})
    after = share_recovery(scheme, apportion(scheme, {"principal": principal}, {}), recovered)
    steps = len(document["steps"])  # one fen of rounding a step, and one of the return
    assert abs(before.borne["bank"] - after.final_net["bank"]) <= steps + 1


@laws
@given(documents(), losses, metrics)
def test_suspended_shares_come_back_unchanged_when_the_line_is_lifted(document, loss, facts):
    line = {"id": "line", "metric": "scheme.rate", "op": ">=", "value": "0.05", "action": "suspend_claims"}
    breakable = document | {
        "stop_loss": [line | {"affects": [party["code"] for party in document["parties"]]}]
    }
    _, never = shared(document, loss, facts)
    _, stopped = shared(breakable, loss, facts | {"scheme.rate": "0.05"})
    _, lifted = shared(breakable, loss, facts | {"scheme.rate": "0.0499"})
    assert lifted.borne == never.borne
    assert stopped.covered_fen == never.covered_fen
    if all(step["type"] == "transfer" for step in document["steps"]):
        assert stopped.borne["bank"] == stopped.covered_fen


def naive_borne(document, covered) -> dict[str, int]:
    """An independent oracle in plain integers: shares in hundredths, limits in fen, missing fen handed out one by one."""
    order = [party["code"] for party in document["parties"]]
    ledger = {code: covered if code == "bank" else 0 for code in order}
    for step in document["steps"]:
        if step["type"] == "transfer":
            giver = step["from"]
            basis = covered if step["of"] == "loss" else ledger[step["of"][6:]]
            hundredths = {code: int(share.replace(".", "")) for code, share in step["shares"].items()}
            wanted = sum(hundredths.values()) * basis
            pot = ledger[giver]
            if not wanted or not pot:
                continue
            # numerators over one denominator: of the pot, what each payer and the giver should have
            over = max(wanted, pot * 100)
            due = {code: hundredths[code] * basis for code in order if code in hundredths}
            due[giver] = over - wanted
            given_out = handed_out(pot, due, over)
            ledger[giver] = given_out.pop(giver)
            for code, fen in given_out.items():
                ledger[code] += fen
        elif step["type"] == "cap":
            limit = int(step["limit"].replace(".", ""))
            bears = {code: ledger[code] for code in order if code in step["parties"]}
            together = sum(bears.values())
            if together > limit:
                ledger |= handed_out(limit, bears, together)
                ledger[step["overflow_to"]] += together - limit
        else:
            moved = min(ledger[step["party"]], int(step["amount"].replace(".", "")))
            ledger[step["party"]] -= moved
            ledger[step["to"]] += moved
    return ledger


def handed_out(pot, due, over) -> dict[str, int]:
    parts = {code: pot * numerator // over for code, numerator in due.items()}
    gaps = {code: pot * numerator - parts[code] * over for code, numerator in due.items()}
    while sum(parts.values()) < pot:
        furthest = max(gaps, key=lambda code: gaps[code])  # max() takes the first of equals: listed order
        parts[furthest] += 1
        gaps[furthest] -= over
    return parts


@st.composite
def plain_documents(draw):
    """Documents the oracle understands: plain shares and limits, no conditions, largest remainder."""
    document = draw(documents(method=st.just("largest_remainder")))
    document["loss_base"] = {"include": ["principal"]}
    for step in document["steps"]:
        step.pop("when", None)
        step.pop("slice", None)
        step.pop("uplifts", None)
        table = step.pop("share_table", None)
        if table:
            step["shares"] = table["rows"][0]["shares"]
        if step["type"] == "cap":
            step["limit"] = draw(amounts)
    return document


@laws
@given(plain_documents(), st.integers(0, 10**9))
def test_the_engine_agrees_with_a_naive_oracle(document, principal):
    scheme = loaded(document)
    result: Apportionment = apportion(scheme, {"principal": principal}, {})
    assert result.borne == naive_borne(document, principal)


@pytest.mark.parametrize("path", sorted(ROOM.rglob("*.py")), ids=lambda path: path.stem)
def test_no_float_is_written_anywhere_in_the_room(path):
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    numbers = [token.string for token in tokens if token.type == tokenize.NUMBER]
    assert [number for number in numbers if not number.replace("_", "").isdigit()] == []
    assert "float(" not in path.read_text(encoding="utf-8")
