"""Nicknames of other people inside a text: what stands behind an @ goes, watched names stay readable."""

import re
from collections.abc import Callable, Collection

LABEL = "[用户]"
# Platforms end a nickname at a blank or a colon; nicknames hold letters, Han, emojis, hyphens and dots.
_HANDLE = re.compile(r"([@＠])([^\s@＠:：,，。!！?？、;；()（）\[\]【】<>《》\"“”#/…]{1,30})")


def mask_handles(text: str, watched: Callable[[str], Collection[str]]) -> str:
    """The text with `@[用户]` for every @nickname. `watched` finds the watched names in a nickname.

    A nickname that begins with a watched name is an account of the organisation and stays; where one stands further
    inside, people forgot the blank before it: it stays, what comes before goes. Doing it twice changes nothing.
    """
    if "@" not in text and "＠" not in text:
        return text

    def replaced(found: re.Match[str]) -> str:
        mark, name = found.groups()
        at = begin_of_watched(name, watched(name))
        return f"{mark}{LABEL}" if at < 0 else f"{mark}{LABEL}{name[at:]}" if at else found.group()

    return _HANDLE.sub(replaced, text)


def begin_of_watched(name: str, words: Collection[str]) -> int:
    """Where the first of the words begins in a name, -1 where none does."""
    folded = name.casefold()
    return min((at for word in words if (at := folded.find(word.casefold())) >= 0), default=-1)


def mask_name(text: str, name: str) -> str:
    """The text without this person's name. One character could be any word, and labels are left whole."""
    is_word = len(name) < 2 or f"[{name}]" in text
    return text if is_word else text.replace(name, LABEL)
