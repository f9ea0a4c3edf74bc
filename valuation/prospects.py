"""What would lift the grade, and what would lower it: answered by scoring again, never by a guess. Pure.

The smallest change is the one of fewest indicators; among single ones the fewest bins climbed, then the fewest points. Only
what an enterprise can change is offered, upwards: never a bin past a peak, nor less of what is past one. Where a gate stops
the firm or caps it below the next grade no points help: then what would lift the gate is said instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from valuation.inputs import State
from valuation.results import Line, Score
from valuation.scoring import total_with
from valuation.terms import NOTHING, Grade, Scorecard


@dataclass(frozen=True)
class Change:
    """One indicator moved from one bin to another; hundredths of its points, and the score it alone would make."""

    id: str
    name: str
    before: str
    after: str
    points: int
    score: int
    improve: str = ""

    @property
    def words(self) -> str:
        return f"{self.name}：由“{self.before}”到“{self.after}”"


@dataclass(frozen=True)
class Prospects:
    """`lift` reaches `target` with all its changes; `others` would each do it alone; `falls` each lose the grade."""

    target: str = ""
    needed: int = 0
    lift: tuple[Change, ...] = ()
    others: tuple[Change, ...] = ()
    blocked_by: tuple[tuple[str, str], ...] = ()
    ask: tuple[str, ...] = ()
    margin: int = 0
    falls: tuple[Change, ...] = ()


def prospects(card: Scorecard, score: Score) -> Prospects:
    """The counterfactual of a graded score."""
    assert score.score is not None, "a score that is not graded has no next grade"
    place = next(place for place, grade in enumerate(card.grades) if grade.id == score.grade_by_score)
    now = card.grades[place]
    blocked = tuple(
        (found.why, found.gate.improve if found.by_hit else "")
        for found in score.findings
        if found.effects.reject or (found.effects.cap and card.best_of(found.effects.cap) > max(place - 1, 0))
    )
    ask = tuple(line.indicator.id for line in score.lines if line.state is State.NOT_QUERIED)
    margin, falls = score.score - now.score_from, tuple(_falls(card, score, now))
    if blocked or place == 0:
        return Prospects(blocked_by=blocked, ask=ask, margin=margin, falls=falls)
    target = card.grades[place - 1]
    singles = sorted(_singles(card, score, target), key=lambda found: found[0])
    lift = (singles[0][1],) if singles else _together(card, score, target)
    return Prospects(
        target.id,
        target.score_from - score.score,
        lift,
        tuple(change for _, change in singles[1:]),
        (),
        ask,
        margin,
        falls,
    )


def _better(line: Line) -> list[tuple[str, int]]:
    """What the indicator could become, from the nearest up."""
    if not line.indicator.changeable or line.state not in (State.VALUE, State.QUERIED_NONE):
        return []
    past = line.scale.past_peak
    if line.hit in past:
        return []
    climbed = (one for one in line.scale.rungs if one[1] > line.points and one[0] not in past)
    return sorted(climbed, key=lambda one: one[1])


def _singles(card: Scorecard, score: Score, target: Grade) -> Iterator[tuple[tuple[int, int], Change]]:
    """For each indicator that alone can do it, the nearest bin that does, ranked by bins climbed and points."""
    for line in score.lines:
        for steps, (label, points) in enumerate(_better(line), start=1):
            change = _change(card, score, line, label, points)
            if change.score >= target.score_from:
                yield (steps, change.points), change
                break


def _together(card: Scorecard, score: Score, target: Grade) -> tuple[Change, ...]:
    """The fewest indicators that together do it, each then moved no further than is needed; none if all do not suffice."""
    best = {line.indicator.id: (line, options) for line in score.lines if (options := _better(line))}
    whole = {name: _change(card, score, line, *options[-1]) for name, (line, options) in best.items()}
    chosen: dict[str, int] = {}
    for name in sorted(whole, key=lambda name: -whole[name].score):
        chosen[name] = best[name][1][-1][1]
        if total_with(card, score, chosen) >= target.score_from:
            break
    else:
        return ()
    labels: dict[str, str] = {name: best[name][1][-1][0] for name in chosen}
    for name in chosen:
        for label, points in best[name][1]:
            if total_with(card, score, {**chosen, name: points}) >= target.score_from:
                chosen[name], labels[name] = points, label
                break
    return tuple(_change(card, score, best[name][0], labels[name], points) for name, points in chosen.items())


def _falls(card: Scorecard, score: Score, now: Grade) -> Iterator[Change]:
    """Every indicator whose next worse answer alone loses the grade."""
    if now is card.grades[-1]:
        return
    for line in score.lines:
        if line.state not in (State.VALUE, State.QUERIED_NONE):
            continue
        rungs = line.scale.rungs
        worse = [
            one
            for one in rungs
            if one[1] < line.points and (one[0] == NOTHING or not line.indicator.only_rises)
        ]
        if worse:
            change = _change(card, score, line, *max(worse, key=lambda one: one[1]))
            if change.score < now.score_from:
                yield change


def _change(card: Scorecard, score: Score, line: Line, label: str, points: int) -> Change:
    one = line.indicator
    total = total_with(card, score, {one.id: points})
    return Change(one.id, line.scale.name, line.hit, label, points - line.points, total, one.improve)
