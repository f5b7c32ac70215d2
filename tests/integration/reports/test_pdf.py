"""The report as PDF: an optional extra that says what it lacks."""

import sys

import pytest

from reports.render_pdf import render_pdf
from tests.unit.reports.small import Small
from yuqing.domain.errors import ConfigError


def test_without_the_extra_the_message_says_what_to_install(monkeypatch):
    """No traceback of an import; a way out without the extra is named, too."""
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(ConfigError, match=r"pip install 'yuqing\[pdf\]'.*打印成 PDF"):
        render_pdf(Small().report())


def test_with_the_extra_a_pdf_is_written():
    """Whole, and with more in it than an empty page: the font is embedded."""
    pytest.importorskip("weasyprint", reason="the extra `pdf` is not installed")
    content = render_pdf(Small().report())
    assert content.startswith(b"%PDF-")
    assert content.rstrip().endswith(b"%%EOF")
    assert len(content) > 50_000
