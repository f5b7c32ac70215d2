"""Charts whose every value carries its proof."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.measures import evaluate
from reports.proofs import Proof
from reports.week import Week
from yuqing.domain.report import Chart


@dataclass(frozen=True, slots=True)
class Curve:
    """One series: a proof per x label."""

    name: str
    proofs: Sequence[Proof]


def charted(
    week: Week, id: str, title: str, kind: str, x: Sequence[str], curves: Sequence[Curve], note: str = ""
) -> Chart:
    """The chart of some curves, its values computed from their proofs."""
    series = tuple((curve.name, tuple(evaluate(proof, week.evidence) for proof in curve.proofs)) for curve in curves)
    return Chart(id, title, kind, tuple(x), series, note, tuple(tuple(curve.proofs) for curve in curves))
