"""Pieces of Word that python-docx has no words for: East Asian fonts, fields, shading, alternative text."""

from collections.abc import Iterator
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

LATIN, HAN = "Arial", "微软雅黑"
BRAND, SOFT, INK, PALE, LINE = "1C4F82", "5C6878", "1F2733", "F4F7FA", "DFE4EA"
_THEMES = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")


def set_fonts(properties: Any) -> None:
    """Name the Latin and the Han font; theme fonts would win over both, so they go."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for theme in _THEMES:
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for key, name in (("ascii", LATIN), ("hAnsi", LATIN), ("eastAsia", HAN), ("cs", LATIN)):
        fonts.set(qn(f"w:{key}"), name)


def style_fonts(document: Any) -> None:
    """The fonts of the defaults and of every paragraph, character and table style that names fonts."""
    defaults = document.styles.element.find(qn("w:docDefaults"))
    if defaults is not None:
        for properties in defaults.iter(qn("w:rPr")):
            set_fonts(properties)
            _set_language(properties)
    for style in document.styles.element.findall(qn("w:style")):
        properties = style.find(qn("w:rPr"))
        if properties is not None:
            set_fonts(properties)


def _set_language(properties: Any) -> None:
    language = properties.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        properties.append(language)
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")


def style(document: Any, name: str, size: float, colour: str = INK, *, bold: bool | None = None) -> Any:
    """Set size, colour and weight of a built-in style."""
    found = document.styles[name]
    found.font.size, found.font.color.rgb, found.font.bold = Pt(size), RGBColor.from_string(colour), bold
    found.font.italic = False
    set_fonts(found.element.get_or_add_rPr())
    return found


def field(paragraph: Any, instruction: str, shown: str) -> None:
    """A field that Word computes; `shown` stands there until it does."""
    for kind, text in (("begin", None), (None, instruction), ("separate", None), ("shown", shown), ("end", None)):
        run = paragraph.add_run()
        if kind == "shown":
            run.text = text
        elif kind is None:
            run._r.append(_instruction(str(text)))
        else:
            run._r.append(_field_char(kind))


def field_start(paragraph: Any, instruction: str) -> None:
    """The beginning of a field whose shown text spans paragraphs; `field_end` closes it."""
    for part in (_field_char("begin"), _instruction(instruction), _field_char("separate")):
        paragraph.add_run()._r.append(part)


def field_end(paragraph: Any) -> None:
    """The end of a field begun by `field_start`."""
    paragraph.add_run()._r.append(_field_char("end"))


def _instruction(text: str) -> Any:
    element = OxmlElement("w:instrText")
    element.set(qn("xml:space"), "preserve")
    element.text = text
    return element


def _field_char(kind: str) -> Any:
    element = OxmlElement("w:fldChar")
    element.set(qn("w:fldCharType"), kind)
    return element


def shade(cell: Any, colour: str) -> None:
    """Fill a table cell."""
    element = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        element.set(qn(f"w:{key}"), value)
    cell._tc.get_or_add_tcPr().append(element)


def border(properties: Any, tag: str, **edges: tuple[int, str]) -> None:
    """Borders of a table, cell or paragraph: eighths of a point and colour per edge."""
    element = OxmlElement(tag)
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV"):
        if edge in edges:
            size, colour = edges[edge]
            side = OxmlElement(f"w:{edge}")
            for key, value in (("val", "single"), ("sz", str(size)), ("space", "6"), ("color", colour)):
                side.set(qn(f"w:{key}"), value)
            element.append(side)
    _insert_in_order(properties, element)


# What must come behind a border in its parent; Word refuses a file whose elements are out of order.
_AFTER = {
    "w:pBdr": ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:outlineLvl", "w:rPr"),
    "w:tblBorders": ("w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook"),
}


def _insert_in_order(properties: Any, element: Any) -> None:
    later = {qn(tag) for tag in _AFTER.get(next(iter(_names(element))), ())}
    behind = next((child for child in properties if child.tag in later), None)
    if behind is None:
        properties.append(element)
    else:
        behind.addprevious(element)


def _names(element: Any) -> Iterator[str]:
    yield f"w:{element.tag.rsplit('}', 1)[1]}"


def repeat_header(row: Any) -> None:
    """Show this row again on every page that the table reaches."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def keep_together(row: Any) -> None:
    """Never break a row over two pages."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def describe_picture(run: Any, text: str) -> None:
    """The alternative text of the picture in a run."""
    for properties in run._r.iter(qn("wp:docPr")):
        properties.set("descr", text)


def page_numbers(paragraph: Any) -> None:
    """第 1 页 / 共 1 页, by fields."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("第 ")
    field(paragraph, "PAGE", "1")
    paragraph.add_run(" 页 / 共 ")
    field(paragraph, "NUMPAGES", "1")
    paragraph.add_run(" 页")
