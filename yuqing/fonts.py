"""The one Chinese font that every chart, mail picture and report uses; it is installed with the product."""

from importlib.resources import files
from pathlib import Path


def font_path() -> Path:
    """File of Noto Sans SC Regular (SIL Open Font License), from the package pylopdf-fonts-zh-cn."""
    return Path(str(files("pylopdf_fonts_zh_cn") / "NotoSansSC-Regular.otf"))
