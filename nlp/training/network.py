"""The network that is fine-tuned: the pretrained encoder, mean pooling, one linear head per task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers import BertConfig, BertModel

from nlp.training.checkpoint import WORDS, Checkpoint
from yuqing.domain.errors import InputError

_POSITIONS = "embeddings.position_embeddings.weight"


@dataclass(frozen=True, slots=True)
class Shape:
    """What is kept of the pretrained encoder, and how it learns."""

    positions: int
    dropout: float = 0.1


def pretrained_encoder(checkpoint: Checkpoint, words: Any, shape: Shape) -> Any:
    """A `BertModel` with the weights of the checkpoint, these word embeddings and no pooler."""
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=checkpoint.hidden,
        num_hidden_layers=checkpoint.layers,
        num_attention_heads=checkpoint.heads,
        intermediate_size=checkpoint.feed_forward,
        max_position_embeddings=shape.positions,
        layer_norm_eps=1e-12,
        hidden_dropout_prob=shape.dropout,
        attention_probs_dropout_prob=shape.dropout,
        pad_token_id=0,
    )
    encoder = BertModel(config, add_pooling_layer=False)
    kept = {**checkpoint.weights, WORDS: words, _POSITIONS: checkpoint.weights[_POSITIONS][: shape.positions]}
    differing = set(encoder.state_dict()) ^ set(kept)
    if differing:
        raise InputError(f"预训练模型与 BertModel 对不上：{'、'.join(sorted(differing)[:5])}")
    encoder.load_state_dict({name: torch.from_numpy(values.copy()) for name, values in kept.items()})
    return encoder


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
