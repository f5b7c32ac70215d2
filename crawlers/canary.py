"""A search for a word that always has results: when it finds nothing, no other empty page of the run is believed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from crawlers.model import SearchTerm, Slice, Verdict
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.coverage import Outcome
from yuqing.domain.ports import Clock, StateStore

KIND = "canary"
EVERY = timedelta(hours=1)
SILENT = "canary_silent"
UNTOLD = "nothing_told"  # an empty end of a search without a word why, asked for twice
_WINDOW = timedelta(hours=24)
_EMPTY = frozenset({Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY})


@dataclass(frozen=True, slots=True)
class CanaryLook:
    """How the last search for the word ended."""

    source: str
    word: str
    at: datetime
    outcome: Outcome
    detail: str
    drafts: int

    @property
    def is_silent(self) -> bool:
        """The page could be read and had nothing: the platform hides results from us."""
        return self.outcome in _EMPTY or (self.outcome is Outcome.OK and self.drafts == 0)

    def as_json(self) -> dict[str, object]:
        """Plain data for the summary."""
        told = {"at": self.at.isoformat(), "outcome": self.outcome.value, "detail": self.detail}
        return {**told, "drafts": self.drafts, "silent": self.is_silent}


class Canary:
    """The canary of one source, once an hour; what it said holds until it is asked again."""

    def __init__(self, state: StateStore, source: str, clock: Clock, word: str) -> None:
        self._state = state
        self._source = source
        self._clock = clock
        self._word = word
        found = state.load(KIND, source)
        self.last = None if found is None else from_json(CanaryLook, found.body)
        if self.last is not None and self.last.word != word:
            self.last = None

    @property
    def is_due(self) -> bool:
        """True when it was not asked for an hour. A refusal tells nothing of the word, so it does not count."""
        if self.last is None or not (self.last.outcome.is_complete or self.last.is_silent):
            return True
        return not timedelta(0) <= self._clock.now() - self.last.at < EVERY

    @property
    def is_silent(self) -> bool:
        """True when empty pages are not to be believed."""
        return self.last is not None and self.last.is_silent

    def piece(self) -> Slice:
        """What is asked for."""
        now = self._clock.now()
        since = (now - _WINDOW).replace(minute=0, second=0, microsecond=0)
        return Slice(SearchTerm(f"canary:{self._word}", self._word), since, now)

    def note(self, verdict: Verdict, drafts: int) -> None:
        """How it ended."""
        look = CanaryLook(self._source, self._word, self._clock.now(), verdict.outcome, verdict.detail, drafts)
        self.last = look
        self._state.save(KIND, self._source, to_json(look))

    @property
    def vouches(self) -> bool:
        """True when the search showed results for the word within the hour."""
        last = self.last
        is_fresh = last is not None and timedelta(0) <= self._clock.now() - last.at <= EVERY
        return is_fresh and last is not None and last.outcome is Outcome.OK and last.drafts > 0

    def judge(self, verdict: Verdict) -> Verdict:
        """A proven zero is none when the canary is silent; one without a word of proof is one when it sings.

        Some searches end empty and give no reason, whether nothing is there or everything is kept back: then the
        proof is that the same search, in the same hour, shows what is always there.
        """
        if self.is_silent and verdict.outcome is Outcome.OK_EMPTY:
            return Verdict(Outcome.SUSPECT_EMPTY, SILENT)
        if self.vouches and verdict == Verdict(Outcome.SUSPECT_EMPTY, UNTOLD):
            return Verdict(Outcome.OK_EMPTY, UNTOLD)
        return verdict
