"""The trained network as one ONNX file with 8-bit weights, written node by node.

Matrices have one scale per output, and activations one per token: each token is divided by its own largest value
before it is rounded, so an answer does not depend on what else is in the batch, unlike with dynamic quantisation of
whole tensors. Weights use the range of 7 bits: processors without VNNI add two products of bytes in 16 bits, and
more would overflow there. Word embeddings have one scale per piece; biases, norms and heads stay in float.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

LARGEST = 64  # of a weight's byte
_MICROSOFT = "com.microsoft"
_OPSET = 17


@dataclass(slots=True)
class _Graph:
    """Nodes and constants as they are added."""

    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)
    rounded: set[str] = field(default_factory=set)  # tensors whose bytes exist already

    def constant(self, name: str, values: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, domain: str = "", **settings: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=output, domain=domain, **settings))
        return output


def quantised(weight: Any) -> tuple[Any, Any]:
    """Bytes (inputs, outputs) and one scale per output of a matrix (outputs, inputs)."""
    scales = (np.maximum(np.abs(weight).max(axis=1), 1e-9) / LARGEST).astype(np.float32)
    return np.round(weight / scales[:, None]).astype(np.int8).T, scales


def onnx_model(state: Mapping[str, Any], heads: Sequence[str], attention_heads: int) -> bytes:
    """The file's bytes. Inputs `ids` and `mask` (texts, tokens); output `scores`, the heads side by side."""
    graph = _Graph()
    mask = graph.node("Cast", ["mask"], "mask32", to=TensorProto.INT32)
    hidden = _embeddings(graph, state)
    layers = len({name.split(".")[3] for name in state if name.startswith("encoder.encoder.layer.")})
    for layer in range(layers):
        hidden = _layer(graph, state, f"encoder.encoder.layer.{layer}.", hidden, mask, attention_heads)
    weight = np.concatenate([state[f"heads.{name}.weight"] for name in heads])
    bias = np.concatenate([state[f"heads.{name}.bias"] for name in heads])
    graph.constant("heads.weight", weight)
    graph.constant("heads.bias", bias)
    graph.node("Gemm", [_pooled(graph, hidden), "heads.weight", "heads.bias"], "scores", transB=1)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "encoder",
            [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"]) for name in ("ids", "mask")],
            [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["texts", len(bias)])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)],
        producer_name="yuqing",
        ir_version=8,
    )
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def _embeddings(graph: _Graph, state: Mapping[str, Any]) -> str:
    prefix = "encoder.embeddings."
    words = state[prefix + "word_embeddings.weight"]
    scale = np.maximum(np.abs(words).max(axis=1, keepdims=True), 1e-9) / 127
    graph.constant("words", np.round(words / scale).astype(np.int8))
    graph.constant("words.scale", scale.astype(np.float32))
    # Every text is of the first type, so its embedding belongs to the positions.
    graph.constant(
        "positions", state[prefix + "position_embeddings.weight"] + state[prefix + "token_type_embeddings.weight"][:1]
    )
    graph.constant("zero", np.array([0], dtype=np.int64))
    graph.constant("one", np.array([1], dtype=np.int64))
    graph.constant("two", np.array([2], dtype=np.int64))
    graph.constant("tiny", np.array(1e-9, dtype=np.float32))
    graph.constant("byte.scale", np.array(1 / 127, dtype=np.float32))
    graph.constant("byte.zero", np.array(128, dtype=np.uint8))
    graph.node("Gather", ["words", "ids"], "words.bytes")
    graph.node("Cast", ["words.bytes"], "words.plain", to=TensorProto.FLOAT)
    graph.node("Gather", ["words.scale", "ids"], "words.scales")
    graph.node("Mul", ["words.plain", "words.scales"], "words.values")
    graph.node("Shape", ["ids"], "shape")
    graph.node("Slice", ["shape", "one", "two"], "width")
    graph.node("Slice", ["positions", "zero", "width", "zero"], "positions.used")
    graph.node("Add", ["words.values", "positions.used"], "embedded")
    return _norm(graph, state, prefix + "LayerNorm", ["embedded"])


def _norm(graph: _Graph, state: Mapping[str, Any], name: str, inputs: Sequence[str]) -> str:
    """Layer norm of one tensor, or of the sum of two."""
    gamma = graph.constant(f"{name}.weight", state[f"{name}.weight"])
    beta = graph.constant(f"{name}.bias", state[f"{name}.bias"])
    if len(inputs) == 1:
        return graph.node("LayerNormalization", [*inputs, gamma, beta], f"{name}.out", axis=-1, epsilon=1e-12)
    return graph.node("SkipLayerNormalization", [*inputs, gamma, beta], f"{name}.out", _MICROSOFT, epsilon=1e-12)


def _rounded(graph: _Graph, source: str) -> tuple[str, str]:
    """The bytes of a tensor around 128, and the largest value of each token."""
    if source not in graph.rounded:
        graph.rounded.add(source)
        graph.node("Abs", [source], f"{source}.abs")
        graph.node("ReduceMax", [f"{source}.abs"], f"{source}.largest", axes=[-1], keepdims=1)
        graph.node("Max", [f"{source}.largest", "tiny"], f"{source}.range")
        graph.node("Div", [source, f"{source}.range"], f"{source}.unit")
        graph.node("QuantizeLinear", [f"{source}.unit", "byte.scale", "byte.zero"], f"{source}.bytes")
    return f"{source}.bytes", f"{source}.range"


def _dense(graph: _Graph, name: str, source: str, weight: Any, bias: Any) -> str:
    data, scales = quantised(weight)
    rounded, span = _rounded(graph, source)
    inputs = [rounded, graph.constant(f"{name}.weight", data), "byte.scale", graph.constant(f"{name}.scale", scales)]
    graph.node("MatMulIntegerToFloat", [*inputs, "byte.zero"], f"{name}.product", _MICROSOFT)
    graph.node("Mul", [f"{name}.product", span], f"{name}.scaled")
    return graph.node("Add", [f"{name}.scaled", graph.constant(f"{name}.bias", bias)], f"{name}.out")


def _layer(graph: _Graph, state: Mapping[str, Any], prefix: str, hidden: str, mask: str, heads: int) -> str:
    parts = []
    for part in ("query", "key", "value"):
        name = f"{prefix}attention.self.{part}"
        parts.append(_dense(graph, name, hidden, state[f"{name}.weight"], state[f"{name}.bias"]))
    attended = graph.node("MultiHeadAttention", [*parts, "", mask], f"{prefix}attended", _MICROSOFT, num_heads=heads)
    mixed = _named(graph, state, f"{prefix}attention.output.dense", attended)
    hidden = _norm(graph, state, f"{prefix}attention.output.LayerNorm", [mixed, hidden])
    wide = graph.node(
        "Gelu", [_named(graph, state, f"{prefix}intermediate.dense", hidden)], f"{prefix}gelu", _MICROSOFT
    )
    return _norm(
        graph, state, f"{prefix}output.LayerNorm", [_named(graph, state, f"{prefix}output.dense", wide), hidden]
    )


def _named(graph: _Graph, state: Mapping[str, Any], name: str, source: str) -> str:
    return _dense(graph, name, source, state[f"{name}.weight"], state[f"{name}.bias"])


def _pooled(graph: _Graph, hidden: str) -> str:
    graph.node("Cast", ["mask"], "mask.float", to=TensorProto.FLOAT)
    graph.node("Unsqueeze", ["mask.float", "two"], "mask.wide")
    graph.node("Mul", [hidden, "mask.wide"], "hidden.masked")
    graph.node("ReduceSum", ["hidden.masked", "one"], "hidden.sum", keepdims=0)
    graph.node("ReduceSum", ["mask.float", "one"], "tokens", keepdims=1)
    return graph.node("Div", ["hidden.sum", "tokens"], "pooled")
