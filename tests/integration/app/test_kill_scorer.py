"""A scorer that is killed at random moments loses nothing and repeats nothing."""

from benchmarks.kill_scorer import measure


def test_scoring_and_rescoring_survive_kill_9() -> None:
    """Three kills each: every mention is written exactly once, and rescoring keeps what was said before."""
    outcomes = measure(kills=3, count=400, seed=5)
    assert [(each.job, each.is_clean) for each in outcomes] == [("score", True), ("rescore", True)]
    assert min(each.kills for each in outcomes) >= 2
