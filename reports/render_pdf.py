"""The report as PDF, where WeasyPrint (the extra `pdf`) and Pango are installed."""

from importlib import import_module
from types import ModuleType

from reports.render_html import render_html
from yuqing.domain.errors import ConfigError
from yuqing.domain.report import Report
from yuqing.fonts import font_path

MISSING = (
    "生成 PDF 需要可选组件：pip install 'yuqing[pdf]'，并安装 Pango（Debian：libpango-1.0-0 libpangoft2-1.0-0）；"
    "也可以在浏览器中打开 HTML 周报后打印成 PDF。原因：{reason}"
)


def render_pdf(report: Report) -> bytes:
    """The HTML report on A4 pages, in the font that ships with the product. Raises ConfigError where it cannot be."""
    weasyprint = _weasyprint()
    fonts = import_module("weasyprint.text.fonts").FontConfiguration()
    face = f'@font-face {{ font-family: "Noto Sans SC"; src: url("{font_path().as_uri()}"); }}'
    style = weasyprint.CSS(string=face, font_config=fonts)
    written: bytes = weasyprint.HTML(string=render_html(report)).write_pdf(stylesheets=[style], font_config=fonts)
    return written


def _weasyprint() -> ModuleType:
    try:
        return import_module("weasyprint")
    except (ImportError, OSError) as error:  # OSError: the Python package is there, Pango is not
        raise ConfigError(MISSING.format(reason=error)) from None
