"""The network that is fine-tuned: the lower layers of the encoder, mean pooling, one linear head per task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers import BertConfig, BertModel

from nlp.training.checkpoint import Checkpoint

_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What is kept of the pretrained encoder."""

    layers: int
    positions: int
    dropout: float = 0.1


def pretrained_encoder(checkpoint: Checkpoint, words: Any, shape: Shape) -> Any:
    """A `BertModel` with the first `shape.layers` layers, these word embeddings and no pooler."""
    sizes = checkpoint.sizes
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=sizes.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=sizes.heads,
        intermediate_size=sizes.feed_forward,
        max_position_embeddings=shape.positions,
        type_vocab_size=sizes.types,
        layer_norm_eps=1e-12,
        hidden_dropout_prob=shape.dropout,
        attention_probs_dropout_prob=shape.dropout,
        pad_token_id=1,
    )
    encoder = BertModel(config, add_pooling_layer=False)
    state = encoder.state_dict()
    weights = _state(checkpoint, words, shape)
    missing = set(state) - set(weights) - {"embeddings.position_ids", "embeddings.token_type_ids"}
    if missing or set(weights) - set(state):
        raise ValueError(f"checkpoint and BertModel differ: {sorted(missing | (set(weights) - set(state)))[:5]}")
    encoder.load_state_dict({name: tensor.view(state[name].shape) for name, tensor in weights.items()}, strict=False)
    return encoder


def _state(checkpoint: Checkpoint, words: Any, shape: Shape) -> dict[str, Any]:
    tensors = {
        name: torch.from_numpy(values.copy()) for name, values in checkpoint.tensors.items() if name != "emb.word"
    }
    hidden = checkpoint.sizes.hidden
    state = {ours: tensors[theirs] for theirs, ours in _EMBEDDINGS.items()}
    state["embeddings.position_embeddings.weight"] = tensors["emb.pos"].view(-1, hidden)[: shape.positions]
    state["embeddings.word_embeddings.weight"] = torch.from_numpy(words.copy())
    for layer in range(shape.layers):
        for theirs, ours in _NAMES.items():
            for suffix, kind in (("w", "weight"), ("b", "bias")):
                state[f"encoder.layer.{layer}.{ours}.{kind}"] = tensors[f"l{layer}.{theirs}.{suffix}"]
    return state


class Network(nn.Module):  # type: ignore[misc]
    """Encoder and heads: every head speaks about the whole text."""

    def __init__(self, encoder: Any, heads: Mapping[str, int]) -> None:
        super().__init__()
        self.encoder = encoder
        self.drop = nn.Dropout(encoder.config.hidden_dropout_prob)
        self.heads = nn.ModuleDict()
        self.add_heads(heads)

    def add_heads(self, heads: Mapping[str, int]) -> None:
        """New heads, drawn small; those that exist stay."""
        for name, outputs in heads.items():
            if name not in self.heads:
                head = nn.Linear(self.encoder.config.hidden_size, outputs)
                nn.init.normal_(head.weight, std=0.02)
                nn.init.zeros_(head.bias)
                self.heads[name] = head

    def forward(self, ids: Any, mask: Any, names: Sequence[str]) -> list[Any]:
        """The scores of the named heads, in order."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        pooled = self.drop(pool(hidden, mask))
        return [self.heads[name](pooled) for name in names]


def pool(hidden: Any, mask: Any) -> Any:
    """The mean over the tokens of a text, padding left out."""
    share = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * share).sum(1) / share.sum(1).clamp(min=1)
