"""The negative share as a second kind of evidence, for subjects with many posts.

A campaign makes the counts of a large subject's usual day so uneven that a crisis of five times as many negative posts
does not stand out among its daily peaks. In the share it does: whatever moves all posts alike leaves it as it is. So
the log odds of the last half hour against the usual odds are calibrated on the subject's own daily peaks like the
other ratios, and count where there are clearly more negative posts than expected, not only fewer others. The odds are
drawn towards the usual ones as if so many more posts had been seen: few posts say nothing.
"""

from dataclasses import replace

import numpy as np

from alerts.detectors.scs_constants import ScsConstants
from alerts.detectors.scs_pass import Counts, Pass, Usual
from alerts.detectors.scs_windows import Bools, Floats, prefix, usual_peaks, window


def with_odds(counts: Counts, out: Bools, scored: Pass, constants: ScsConstants) -> Pass:
    """The same pass with the share's evidence in its score; unchanged without totals."""
    share, odds = scored.usual.share, constants.odds
    if counts.total is None or share is None:
        return scored
    ratio = _ratio(counts.negative, counts.total, share, constants)
    peaks = usual_peaks(ratio, np.where(out, min(odds.out_clip, odds.clip), odds.clip), odds)
    usual = replace(scored.usual, odds=peaks)
    return replace(scored, score=raised(scored.score, counts.negative, counts.total, usual, constants), usual=usual)


def raised(score: Floats, seen: Floats, posts: Floats, usual: Usual, constants: ScsConstants) -> Floats:
    """The score, or the share's where that says more."""
    odds = constants.odds
    if usual.share is None or usual.odds is None:
        return score
    negative, expected = (window(prefix(each), odds.bins) for each in (seen, usual.expected))
    loud = (negative >= odds.least) & (negative >= odds.times * expected)
    units = usual.odds.units(_ratio(seen, posts, usual.share, constants)) - odds.handicap
    return np.where(loud, np.maximum(score, units), score)


def _ratio(seen: Floats, posts: Floats, share: Floats, constants: ScsConstants) -> Floats:
    odds = constants.odds
    usual = np.minimum(share, odds.most)
    negative, total = (window(prefix(each), odds.bins) for each in (seen, posts))
    now = (negative + odds.weight * usual) / (total - negative + odds.weight * (1 - usual))
    return np.asarray(np.log(now * (1 - usual) / usual))
