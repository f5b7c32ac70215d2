"""`yuqing events` on a real store: stories with labels, and what was not seen is said."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.contract.samples import NEGATIVE, NEUTRAL, annotation, mention
from tests.integration.app.test_tend import SHIPPED, opened, run
from tests.unit.nlp.test_events import CRASH, FRAUD

pytestmark = pytest.mark.integration
NOW = datetime(2026, 3, 14, 4, tzinfo=UTC)


def test_events_of_a_subject_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two stories of negative posts, the larger one first; one neutral and one unscored post are in neither."""
    for name, value in {"YQ_HOME": str(tmp_path), "YQ_CONFIG": str(SHIPPED), "YQ_NOW": NOW.isoformat()}.items():
        monkeypatch.setenv(name, value)
    with opened() as product:
        subject = product.subjects[0].id
        texts = [*(CRASH * 2), *FRAUD]
        posts = [
            mention(str(n), text, published_at=NOW - timedelta(hours=6, minutes=-9 * n), subjects=(subject,))
            for n, text in enumerate(texts)
        ]
        usual = [
            mention(f"u{n}", f"网点几点下班{n}", published_at=NOW - timedelta(days=9, minutes=n), subjects=(subject,))
            for n in range(120)
        ]
        late = replace(posts[0], native_id="late")
        product.mentions.add([*posts, *usual, late])
        product.mentions.annotate([annotation(each, NEGATIVE) for each in posts])
        product.mentions.annotate([annotation(each, NEUTRAL) for each in usual])
    said = run("events", subject, "--json")
    found = [json.loads(line) for line in said.stdout.splitlines() if line.startswith("{")]
    assert [len(event["mentions"]) for event in found] == [10, 5]
    assert "闪退" in "".join(found[0]["label"])
    assert found[0]["first"] == posts[0].id
    assert "1 条还没有评分" in said.output
    assert "微博 10" in run("events", subject).output
    from yuqing.cli.main import app

    assert "没有这个主体" in str(CliRunner().invoke(app, ["events", "nobody"]).exception)
