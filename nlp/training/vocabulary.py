"""The pieces that prepared Chinese posts can be made of, out of those of the pretrained tokenizer."""

import json
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from nlp.training.checkpoint import WORDS, Checkpoint

_CONTINUED = "##"
_PLACEHOLDER = "[unused"


def kept_pieces(vocabulary: dict[str, int]) -> list[str]:
    """Pieces in their old order, without placeholders and without those that the tokenizer cannot produce.

    It cuts Chinese text into single characters before it looks for pieces, so none of them continues a word.
    """
    return [
        piece
        for piece in sorted(vocabulary, key=vocabulary.__getitem__)
        if not piece.startswith(_PLACEHOLDER) and not (piece.startswith(_CONTINUED) and _is_han(piece[2:]))
    ]


def _is_han(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def pruned(checkpoint: Checkpoint) -> tuple[Tokenizer, Any]:
    """The tokenizer of the kept pieces, which folds case, and their rows of the word embeddings."""
    body = json.loads(checkpoint.tokenizer.to_str())
    old = body["model"]["vocab"]
    kept = kept_pieces(old)
    new = {piece: index for index, piece in enumerate(kept)}
    body["model"]["vocab"] = new
    body["normalizer"]["lowercase"] = True
    for token in body["added_tokens"]:
        token["id"] = new[token["content"]]
    for name, special in body["post_processor"]["special_tokens"].items():
        special["ids"] = [new[name]]
    rows = checkpoint.weights[WORDS][[old[piece] for piece in kept]]
    return Tokenizer.from_str(json.dumps(body, ensure_ascii=False)), np.ascontiguousarray(rows)
