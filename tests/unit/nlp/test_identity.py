"""Names of models: what is trained again, or decides differently, has another name; nothing else has."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from nlp.encoder import Encoder
from nlp.identity import folder_digest, model_name
from nlp.linear import LinearModel, NgramSettings, save_model
from nlp.registry import load_sentiment, load_topics
from nlp.sentiment.linear import LinearSentiment

METADATA = {"version": "1", "sha256": "ab", "thresholds": {"negative": 0.4, "positive": 0.3}}


def trained(folder: Path, bias: float, version: str = "1") -> str:
    """The name of a linear model with this bias, written and read."""
    three = np.full(3, bias, np.float32)
    model = LinearModel(NgramSettings(1, 2, 4), np.ones(16, np.float32), np.ones((16, 3), np.float32), three, three)
    save_model(folder, model, {"version": version, "thresholds": METADATA["thresholds"]})
    return LinearSentiment.load(folder).name


def test_a_model_that_is_trained_again_has_another_name_under_the_same_version(tmp_path: Path) -> None:
    """Other weights are another model; the same weights, written once more, are the same one."""
    names = [trained(tmp_path / str(number), bias) for number, bias in enumerate((0.5, 0.75, 0.5))]
    assert names[0] != names[1]
    assert names[0] == names[2]
    assert all(re.fullmatch(r"linear-1-[0-9a-f]{8}", name) for name in names)


def test_thresholds_and_lexicons_are_part_of_the_name(tmp_path: Path) -> None:
    """Whatever changes an answer changes the name; line ends and the order of keys do not."""
    words = tmp_path / "words.json"
    words.write_text('{"a": ["挤兑"], "b": 1}', encoding="utf-8")
    name = model_name("linear", METADATA, words)
    assert model_name("linear", METADATA | {"thresholds": {"negative": 0.5, "positive": 0.3}}, words) != name
    assert model_name("linear", METADATA) != name
    words.write_text('{"b": 1,\r\n "a": ["挤兑"]}\r\n', encoding="utf-8")
    assert model_name("linear", METADATA, words) == name
    words.write_text('{"a": ["挤兑", "停业"], "b": 1}', encoding="utf-8")
    assert model_name("linear", METADATA, words) != name


def test_the_stack_of_the_encoder_is_part_of_its_name() -> None:
    """Calibration and route stand in model.json, not in the weights."""
    encoder = Encoder.load()
    route = {**encoder.metadata["stance"], "route": {"negative": 0.1, "positive": 0.1, "sure": 1.0}}
    assert model_name("encoder", {**encoder.metadata, "stance": route}) != model_name("encoder", encoder.metadata)
    assert re.fullmatch(r"encoder-3-[0-9a-f]{8}", encoder.name)


@pytest.mark.parametrize("name", ["encoder", "ensemble", "cascade"])
def test_models_of_several_parts_carry_the_digest_of_each(name: str) -> None:
    """Training one part again shows in the name of the whole."""
    parts = [load_sentiment("encoder").name] + ([load_sentiment().name] if name != "encoder" else [])
    assert all(part in load_sentiment(name).name for part in parts)


def test_stance_and_topics_are_told_apart_by_name() -> None:
    """The name of a score says which model said what."""
    assert load_sentiment().name.startswith("linear-")
    assert load_topics().name.startswith("topics-")


def test_a_checkpoint_is_known_by_its_files(tmp_path: Path) -> None:
    """Other weights in the same folder are another model, so are weights under another file name."""
    (tmp_path / "config.json").write_text(json.dumps({"layers": 1}))
    (tmp_path / "model.safetensors").write_bytes(b"1")
    first = folder_digest(tmp_path)
    (tmp_path / "nested").mkdir()
    assert folder_digest(tmp_path) == first
    (tmp_path / "model.safetensors").write_bytes(b"2")
    second = folder_digest(tmp_path)
    (tmp_path / "model.safetensors").rename(tmp_path / "model.bin")
    assert len({first, second, folder_digest(tmp_path)}) == 3
