"""The measurement on general sets keeps what is judged out of what is learned, and says what it lacks."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import general_encoder, general_sets
from nlp.training.data import Row
from yuqing.domain.annotation import Sentiment, SentimentLabel

NEWS = "id,text,title,label,split\n"
KNOWN = [Row("云江银行排队两小时", 0), Row("云江银行开新网点", 2), Row("额度又被降低", 0)]
ASKED = [Row("海州银行服务真好", 2), Row("海州银行又闪退", 0)]


def shared(folder: Path) -> Path:
    """A data folder with a few invented rows of both sets; one news text is in both splits."""
    news, weibo = folder / "data" / "ccf_bdci2019_internet_news", folder / "data" / "weibo2018"
    news.mkdir(parents=True)
    weibo.mkdir()
    (news / "train.csv").write_text(NEWS + "1,云江银行开业,,pos,train\n2,北原银行被罚,,neg,train\n", encoding="utf-8")
    (news / "dev.csv").write_text(NEWS + "3,北原银行被罚,,neg,dev\n4,海州银行年报,,neu,dev\n", encoding="utf-8")
    lines = [f"{number},{number % 2},第{number}次去金秋开户礼{{%#海州银行#%}}" for number in range(20)]
    (weibo / "train.txt").write_text("\n".join([*lines, "20,1,第0次去金秋开户礼 海州银行"]), encoding="utf-8")
    return folder / "data"


def test_no_judged_text_is_learned(tmp_path: Path) -> None:
    """Neither a news text of both splits, nor a post that differs in the marks of the set alone."""
    data = shared(tmp_path)
    for read in general_encoder.CASES.values():
        case = read(data)
        assert case.asked
        assert case.known
        assert not {row.text for row in case.known} & {row.text for row in case.asked}
    assert [row.text for row in general_encoder.news(data).known] == ["云江银行开业"]
    every = [row.text for part in general_sets.weibo_folds(data) for row in part[1]]
    assert len(every) == len(set(every)) == 21


def test_marks_of_the_set_are_opened() -> None:
    """What stands between them stays, with its label."""
    row = Row("去{%海州银行 %}{%金秋开户礼%}了{%", 2)
    assert general_encoder.opened([row]) == [Row("去 海州银行 金秋开户礼 了{%", 2)]


def test_rare_classes_weigh_more_and_absent_ones_nothing() -> None:
    """By the square root: four times as rare is twice the weight; equal classes weigh 1."""
    weights = general_sets.class_weights([0, 0, 0, 0, 2])
    assert weights[2] == pytest.approx(2 * weights[0])
    assert weights[1] == 0
    assert general_sets.class_weights([0, 1, 2]) == pytest.approx([1, 1, 1])


def test_the_most_frequent_class_is_that_of_the_known_rows() -> None:
    """What is asked has no say."""
    said = general_encoder.most_frequent(KNOWN, [Row("好", 2)] * 3)
    assert said.argmax(axis=1).tolist() == [0, 0, 0]


def test_both_is_a_weighted_mean() -> None:
    """Probabilities stay probabilities, and the encoder counts more."""
    both = general_encoder.mixed(np.array([[1.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 1.0]]))
    assert both.sum() == pytest.approx(1)
    assert both.argmax() == 0


def test_snownlp_chooses_among_the_classes_of_the_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unsure is neutral where the set has neutral rows, and the likelier side where it has none."""

    class Unsure:
        """Says neutral, leaning to positive."""

        def predict(self, texts: Sequence[str]) -> Sequence[Sentiment]:
            """The same for every text."""
            return [Sentiment(SentimentLabel.NEUTRAL, 0.1, 0.6, 0.3) for _ in texts]

    monkeypatch.setattr(general_encoder, "SnowNlpSentiment", Unsure)
    assert general_encoder.snownlp(KNOWN, ASKED).argmax(axis=1).tolist() == [2, 2]
    assert general_encoder.snownlp([*KNOWN, Row("年报", 1)], ASKED).argmax(axis=1).tolist() == [1, 1]


def test_every_model_is_judged_on_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row each; the encoder learns the same case, and what it says is what is judged."""
    heard: list[Any] = []

    def encoder(case: general_encoder.Case) -> Any:
        heard.append(case)
        return np.eye(3)[[row.label for row in case.asked]]

    monkeypatch.setattr(general_encoder, "snownlp", general_encoder.most_frequent)
    monkeypatch.setattr(general_sets, "chances", general_encoder.most_frequent)
    monkeypatch.setattr(general_encoder, "with_intervals", lambda count, *columns: count(*columns))
    case = general_encoder.Case("自拟", KNOWN, ASKED)
    found = general_encoder.judged(case, encoder)
    assert heard == [case]
    assert list(found) == ["most frequent class", "SnowNLP", "linear", "encoder", "both"]
    assert {name: figures["accuracy"] for name, figures in found.items()} == {
        "most frequent class": 0.5, "SnowNLP": 0.5, "linear": 0.5, "encoder": 1.0, "both": 1.0
    }  # fmt: skip


def test_figures_of_another_set_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sets may be measured one after the other."""
    monkeypatch.setattr(general_encoder, "OUTPUT", tmp_path / "out" / "general.json")
    general_encoder.written({"news": 1})
    general_encoder.written({"weibo": 2})
    general_encoder.written({"weibo": 3})
    assert json.loads(general_encoder.OUTPUT.read_text(encoding="utf-8")) == {"news": 1, "weibo": 3}


def test_missing_data_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, with the variable to set."""
    monkeypatch.setenv("YQ_SHARED", str(tmp_path))
    assert general_encoder.main([]) == 2
    assert "YQ_SHARED" in capsys.readouterr().err


@pytest.mark.parametrize(("installed", "word"), [(False, "[train]"), (True, "mvn dependency:copy")])
def test_a_missing_pretrained_network_is_told(
    installed: bool,
    word: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2, with what to install or to fetch."""
    shared(tmp_path)
    monkeypatch.setenv("YQ_SHARED", str(tmp_path))
    monkeypatch.setattr(general_encoder.importlib.util, "find_spec", lambda _: object() if installed else None)
    assert general_encoder.main(["news", "--pretrained", str(tmp_path)]) == 2
    assert word in capsys.readouterr().err


def test_an_unknown_set_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with a traceback: the usage is shown."""
    monkeypatch.setenv("YQ_SHARED", str(tmp_path))
    with pytest.raises(SystemExit) as refused:
        general_encoder.main(["blogs"])
    assert refused.value.code == 2
