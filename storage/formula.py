"""Text in spreadsheets: what Excel would run as a formula carries an apostrophe, and loses it on the way back."""

import re

# ASCII and full-width forms; Excel ignores leading white space of the kinds that also count here.
_DANGEROUS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def escape(text: str) -> str:
    """The text as a harmless cell. Text that already looks escaped is escaped once more, so `unescape` is exact."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def unescape(text: str) -> str:
    """The text behind a cell that `escape` wrote."""
    return text[1:] if _ESCAPED.match(text) else text
