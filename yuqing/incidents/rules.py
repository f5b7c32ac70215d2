"""Lessons become rules: a proposal as the text of a rule file, and that file in the folder of the settings.

The file is checked by the same code that loads rules, and its example must hold one of the words, before it is written.
Running processes read the rules when they start, so it counts from the next start on.
"""

from pathlib import Path

import yaml

from alerts.rules import load_rule_file
from config.loader import load_yaml
from yuqing.domain.errors import InputError
from yuqing.domain.incident import Incident, Lesson, LessonState
from yuqing.incidents.desk import person
from yuqing.incidents.papers import IncidentPapers, lesson_of


def rule_id(incident: Incident, lesson: Lesson) -> str:
    """One id per lesson, so that taking it over twice makes one rule."""
    return f"lesson-{incident.id}-{lesson.id}"


def rule_text(incident: Incident, lesson: Lesson, subject_name: str) -> str:
    """The rule file that watches these words, with the example that makes it fire."""
    mark = rule_id(incident, lesson)
    group: dict[str, object] = {"id": lesson.id, "name": lesson.name, "words": list(lesson.words)}
    if lesson.exceptions:
        group["exceptions"] = list(lesson.exceptions)
    example = lesson.example if subject_name in lesson.example else f"{subject_name}：{lesson.example}"
    body = {
        "id": mark,
        "type": "keyword",
        "name": lesson.name,
        "severity": "warning",
        "options": {"groups": [group]},
        "example": {"texts": [example]},
    }
    reason = " ".join(lesson.reason.split())
    head = f"# 由处置事件 {incident.id} 的经验转化而来（提出：{lesson.by}）。理由：{reason}\n"
    return head + yaml.safe_dump(body, allow_unicode=True, sort_keys=False)


def take_over(
    papers: IncidentPapers, incident_id: str, lesson_id: str, by: str, folder: Path, subject_name: str
) -> Path:
    """Write the rule into `folder` (rules/ of the settings) and mark the lesson. Safe to repeat.

    Raises InputError where the folder cannot be written, ConfigError where the rule would not load.
    """
    incident = papers.book.get(incident_id)
    lesson = lesson_of(incident, lesson_id)
    if lesson.state is LessonState.DECLINED:
        raise InputError(f"经验“{lesson.name}”已定为不采纳")
    path = folder / f"{rule_id(incident, lesson)}.yml"
    papers.book.audit(person(by), "incident.lesson.write", incident_id, {"rule": path.stem})
    _write(path, rule_text(incident, lesson, subject_name))
    papers.decide(incident_id, lesson_id, LessonState.TAKEN, by, rule_id(incident, lesson))
    return path


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a half rule would keep the product from starting."""
    draft = path.with_suffix(".tmp")
    try:
        draft.write_text(text, encoding="utf-8")
        load_rule_file(draft, load_yaml(draft))
        draft.replace(path)
    except OSError as error:
        raise InputError(f"{path}：无法写入规则（{error.strerror}）。请下载规则文本，交运维放入 rules 文件夹") from None
    finally:
        draft.unlink(missing_ok=True)
