"""What one file of the settings says about another is true, or nothing starts."""

import shutil
from pathlib import Path

import pytest
import yaml

from config.settings import Settings
from yuqing.bootstrap import load_catalogue
from yuqing.doctor import Verdict, _catalogue
from yuqing.domain.errors import ConfigError

SHIPPED = Path(__file__).resolve().parents[3] / "config"


def settings(folder: Path, kind: str, options: dict[str, object], enabled: bool = True) -> Settings:
    """Shipped settings with one source."""
    for path in (*SHIPPED.glob("*.yml"), *SHIPPED.glob("rules/*.yml")):
        place = folder / path.relative_to(SHIPPED)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    entry = {"id": "bars", "kind": kind, "name": "测试", "backend": "web", "legal_basis": "测试", "enabled": enabled}
    source = {**entry, "accepted_terms_by": "测试", "options": options}
    (folder / "sources.yml").write_text(yaml.safe_dump({"sources": [source]}, allow_unicode=True), encoding="utf-8")
    return Settings(home=folder / "home", config=folder)


WRONG = [
    ("guba", {"bars": ["600000", {"code": "601999", "subject": "yunjaing"}]}, "bars"),
    ("appstore", {"apps": [{"id": "1", "subject": "yunjiang"}, {"id": "2", "subject": "yunjaing"}]}, "apps"),
]


@pytest.mark.parametrize(("kind", "options", "option"), WRONG)
def test_a_subject_that_nobody_watches_is_refused(
    tmp_path: Path, kind: str, options: dict[str, object], option: str
) -> None:
    """By crawls and by the doctor, with source, option, the wrong word and the right ones."""
    wrong = settings(tmp_path, kind, options)
    with pytest.raises(ConfigError) as told:
        load_catalogue(wrong)
    for part in ("来源 bars", f"选项 {option}", "yunjaing", "yunjiang"):
        assert part in str(told.value)
    (check,) = _catalogue(wrong)
    assert (check.verdict, check.finding) == (Verdict.FAIL, str(told.value))


@pytest.mark.parametrize("enabled", [True, False])
def test_a_subject_that_is_watched_passes(tmp_path: Path, enabled: bool) -> None:
    """And a source that is switched off keeps nobody from starting."""
    subject = "yunjiang" if enabled else "yunjaing"
    found = load_catalogue(settings(tmp_path, "guba", {"bars": [{"code": "601999", "subject": subject}]}, enabled))
    assert [source.enabled for source in found.sources] == [enabled]


def test_a_rule_about_a_topic_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """It would watch nothing, and nobody would notice."""
    wrong = settings(tmp_path, "guba", {"bars": ["600000"]}, enabled=False)
    path = tmp_path / "rules" / "topic_spike.yml"
    rule = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(
        yaml.safe_dump({**rule, "options": {"by": "topic", "topics": ["app", "apps"]}}, allow_unicode=True),
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match="规则 topic_spike 提到不存在的话题：apps"):
        load_catalogue(wrong)
