"""The pretrained network is read back by the names of `BertModel`, and anything else is refused."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

from nlp.training.checkpoint import NETWORK, TOKENIZER, WORDS, Checkpoint, named_weights, read_jar
from nlp.training.vocabulary import kept_pieces, pruned
from yuqing.domain.errors import InputError

HIDDEN, INNER = 2, 6
PIECES = ["[PAD]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "银", "##银", "app", "##p", "好"]


def network() -> bytes:
    """One layer: its matrices are named by the node that uses them alone."""
    rng = np.random.default_rng(1)
    named = {
        WORDS: np.arange(len(PIECES) * HIDDEN, dtype=np.float32).reshape(-1, HIDDEN),
        "encoder.layer.0.intermediate.dense.bias": np.zeros(INNER, dtype=np.float32),
    }
    hidden_matrix = rng.normal(size=(HIDDEN, INNER)).astype(np.float32)
    nodes = [
        helper.make_node("MatMul", ["x", "onnx::MatMul_9"], ["y"], name="/encoder/layer.0/intermediate/dense/MatMul"),
        helper.make_node("MatMul", ["y", "z"], ["w"], name="/encoder/layer.0/attention/self/MatMul"),
    ]
    constants = [numpy_helper.from_array(values, name) for name, values in named.items()]
    constants.append(numpy_helper.from_array(hidden_matrix, "onnx::MatMul_9"))
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("x", "z")]
    outputs = [helper.make_tensor_value_info("w", TensorProto.FLOAT, None)]
    data: bytes = helper.make_model(helper.make_graph(nodes, "g", inputs, outputs, constants)).SerializeToString()
    return data


def tokenizer_body() -> dict[str, Any]:
    """As the pretrained tokenizer is written: a WordPiece vocabulary that keeps case."""
    vocabulary = {piece: index for index, piece in enumerate(PIECES)}
    special = {name: {"id": name, "ids": [vocabulary[name]], "tokens": [name]} for name in ("[CLS]", "[SEP]")}
    marked = [{"SpecialToken": {"id": name, "type_id": 0}} for name in ("[CLS]", "[SEP]")]
    single = [marked[0], {"Sequence": {"id": "A", "type_id": 0}}, marked[1]]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": vocabulary[name],
                "content": name,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for name in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
        ],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": False,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": single,
            "pair": single,
            "special_tokens": special,
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocabulary,
        },
    }


def jar(path: Path, members: dict[str, bytes]) -> Path:
    """A JAR with these files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_matrices_get_the_names_of_their_modules_and_are_turned() -> None:
    """Outputs come first, as PyTorch has them; a product of two activations has no weight."""
    found = named_weights(network())
    assert set(found) == {
        WORDS,
        "encoder.layer.0.intermediate.dense.bias",
        "encoder.layer.0.intermediate.dense.weight",
    }
    assert found["encoder.layer.0.intermediate.dense.weight"].shape == (INNER, HIDDEN)


def test_the_sizes_come_from_the_weights(tmp_path: Path) -> None:
    """Width, layers and inner width are read off, not assumed."""
    members = {NETWORK: network(), TOKENIZER: json.dumps(tokenizer_body()).encode()}
    found = read_jar(jar(tmp_path / "model.jar", members))
    assert (found.hidden, found.layers, found.feed_forward) == (HIDDEN, 1, INNER)
    assert found.tokenizer.encode("银").ids == [3, 6, 4]


def test_another_file_is_refused_by_name(tmp_path: Path) -> None:
    """Nothing there, no archive, an archive of something else: each names the file."""
    (tmp_path / "text.jar").write_text("not an archive")
    jar(tmp_path / "other.jar", {"other": b""})
    for name in ("nothing.jar", "text.jar", "other.jar"):
        with pytest.raises(InputError, match=name):
            read_jar(tmp_path / name)


def test_pieces_that_no_text_can_have_are_left_out() -> None:
    """Placeholders and continued Chinese characters go, the rest keeps its order."""
    vocabulary = {piece: index for index, piece in enumerate(PIECES)}
    assert kept_pieces(vocabulary) == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "银", "app", "##p", "好"]


def test_the_pruned_tokenizer_says_the_same_in_new_numbers() -> None:
    """Pieces of a text stay what they were, their embeddings follow them, and upper case is folded."""
    checkpoint = Checkpoint(named_weights(network()), Tokenizer.from_str(json.dumps(tokenizer_body())), heads=1)
    tokenizer, words = pruned(checkpoint)
    encoded = tokenizer.encode("银APPp好ü")
    assert encoded.tokens == ["[CLS]", "银", "app", "##p", "好", "[UNK]", "[SEP]"]
    old = [PIECES.index(token) for token in encoded.tokens]
    assert words[encoded.ids].tolist() == checkpoint.weights[WORDS][old].tolist()
