"""Where a term ends in the texts that hold it: a piece of something longer goes on alike nearly everywhere.

What a term is part of shows in its neighbours (accessor variety, Feng et al. 2004): before and after a whole phrase
people write this and that, or stop; a piece has the same word beside it in most stories. A piece grows by that word; of
what it grows through, the form that reads as a whole is told. Terms are words with GAP between them.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nlp.phrases import Phrases

GAP = "\x1f"
_END = "\n"
_SURE = 0.7  # of the stories have the same word beside a piece
_STEPS = 5  # words on each side
_LONGEST = 12  # characters
_WORD = 4  # characters
_LEAST = 3  # stories; two may go on alike by chance


@dataclass(frozen=True, slots=True)
class Line:
    """The words of a text; each unbroken run of them is a line."""

    body: str = field(repr=False)
    story: str

    @classmethod
    def of(cls, runs: Sequence[Sequence[str]], story: str) -> "Line":
        """The line of the runs of a text."""
        return cls(_END.join(_between(GAP.join(run)) for run in runs), story)

    def holds(self, term: str) -> bool:
        """Whether the words of a term stand in it in a row."""
        return _between(term) in self.body

    def beside(self, term: str, *, after: bool) -> Iterator[str]:
        """The word after, or before, each place where the term stands; "" where a run ends there."""
        wanted = _between(term)
        at = self.body.find(wanted)
        while at >= 0:
            yield self._after(at + len(wanted)) if after else self._before(at)
            at = self.body.find(wanted, at + 1)

    def _after(self, at: int) -> str:
        end = self.body.find(GAP, at)
        return "" if end < 0 or self.body[at] == _END else self.body[at:end]

    def _before(self, at: int) -> str:
        return "" if at == 0 or self.body[at - 1] == _END else self.body[self.body.rfind(GAP, 0, at) + 1 : at]


@dataclass(frozen=True, slots=True)
class Form:
    """A term at one stage of its growth, and the lines that hold it."""

    term: str
    lines: tuple[Line, ...] = field(repr=False)

    @property
    def said(self) -> str:
        """As people write it."""
        return spaced(self.term)


class Boundaries:
    """Finds the whole that a term is, or is a piece of."""

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    def whole(self, piece: Form, least: int = _LEAST) -> Form | None:
        """The longest form that can be said in one breath, else the shortest that is whole; None where none is.

        No form has fewer stories than `least`.
        """
        path = self._path(piece, least)
        whole = [form for at, form in enumerate(path) if self._is_told(form, path[at + 1 :])]
        if GAP not in piece.term and len(path) > 1 and whole == [piece]:
            return self._coined(path[1])
        short = [form for form in whole if self._phrases.is_compact(form.said)]
        return short[-1] if short else next(iter(whole), None)

    def _path(self, piece: Form, least: int) -> list[Form]:
        path = [piece]
        for after in (True, False):
            for _ in range(_STEPS):
                grown = self._grown(path[-1], after=after)
                if grown is None or len({line.story for line in grown.lines}) < least:
                    break
                path.append(grown)
        return path

    def _grown(self, form: Form, *, after: bool) -> Form | None:
        word = _next(form, after=after)
        if not word or (self._phrases.is_whole(form.said) and not self._belongs(form, word, after=after)):
            return None
        term = form.term + GAP + word if after else word + GAP + form.term
        if len(spaced(term)) > _LONGEST:
            return None
        return Form(term, tuple(line for line in form.lines if line.holds(term)))

    def _belongs(self, form: Form, word: str, *, after: bool) -> bool:
        """A whole phrase goes on by words that say something; a single word by the character that it was cut from."""
        if len(word) == 1 and self._phrases.is_coined(form.term.split(GAP)[-1 if after else 0]):
            return True
        if self._phrases.is_particle(word):
            return after and self._phrases.is_outcome(word)
        return GAP in form.term or len(word) == 1

    def _coined(self, form: Form) -> Form | None:
        """A word that the dictionary has no more than a part of: 不靠 | 谱."""
        is_word = len(form.said) <= _WORD and not any(map(self._phrases.is_particle, form.term.split(GAP)))
        return form if is_word else None

    def _is_told(self, form: Form, later: Sequence[Form]) -> bool:
        """Whether a form is whole. One that always goes on must be without verb at its end: 一直显示 | 处理中."""
        said = form.said
        if not self._phrases.is_whole(said):
            return False
        if len(said) == len("崩了") and said.endswith("了"):
            return _is_last(form)
        return not later or GAP not in form.term or (self._phrases.is_plain(said) and not self._phrases.hangs(said))


def spaced(term: str) -> str:
    """Joined as people write: a blank only between two Latin words."""
    words = term.split(GAP)
    said = words[0]
    for word in words[1:]:
        said += f" {word}" if said[-1].isascii() and word[0].isascii() else word
    return said


def _between(term: str) -> str:
    return f"{GAP}{term}{GAP}"


def _neighbours(form: Form, *, after: bool) -> dict[str, set[str]]:
    stories: dict[str, set[str]] = defaultdict(set)
    for line in form.lines:
        for word in line.beside(form.term, after=after):
            stories[word].add(line.story)
    return stories


def _next(form: Form, *, after: bool) -> str:
    """The word that most stories have beside the form; "" where they differ."""
    stories = _neighbours(form, after=after)
    every = set[str]().union(*stories.values())
    if len(every) < _LEAST:
        return ""
    word, found = max(stories.items(), key=lambda each: (len(each[1]), each[0]))
    return word if len(found) >= _SURE * len(every) else ""


def _is_last(form: Form) -> bool:
    """Whether half of the stories stop behind it."""
    stories = _neighbours(form, after=True)
    return 2 * len(stories[""]) >= len(set[str]().union(*stories.values()))
