"""Progress is told on the stream that is given, in the form that fits it."""

import io

from crawlers.imports.progress import EVERY, stderr_progress


class Terminal(io.StringIO):
    """A stream that people look at."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def test_logs_get_a_line_now_and_then():
    """Not one per batch."""
    stream = io.StringIO()
    with stderr_progress("a.csv", stream) as progress:
        for rows in range(0, EVERY * 2 + 1, 500):
            progress.update(rows, rows / (EVERY * 4))
    assert stream.getvalue().splitlines() == [f"a.csv：已读 {EVERY} 行（25%）", f"a.csv：已读 {EVERY * 2} 行（50%）"]


def test_a_stream_of_unknown_length_gets_no_share():
    """Standard input says nothing of its end."""
    stream = io.StringIO()
    with stderr_progress("stdin", stream) as progress:
        progress.update(EVERY, None)
    assert stream.getvalue() == f"stdin：已读 {EVERY} 行\n"


def test_people_get_a_bar():
    """With the name and the rows."""
    stream = Terminal()
    with stderr_progress("评论.csv", stream) as progress:
        progress.update(500, 0.5)
        progress.update(1000, 1.0)
    assert "评论.csv" in stream.getvalue()
