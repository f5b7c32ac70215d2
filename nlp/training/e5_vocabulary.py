"""The pieces that Chinese posts about banks are made of, out of the 250,002 of the multilingual vocabulary."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from nlp.training.e5_wheel import Wheel

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
LEAST_TEXTS = 2
_BATCH = 10_000


def build_tokenizer(pieces: Sequence[str], scores: Sequence[float]) -> Tokenizer:
    """A SentencePiece-like Unigram tokenizer; the first four pieces are the special ones."""
    vocabulary = [(piece, float(score)) for piece, score in zip(pieces, scores, strict=True)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=SPECIAL.index("<unk>"), byte_fallback=False))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[(piece, SPECIAL.index(piece)) for piece in ("<s>", "</s>")]
    )
    return tokenizer


def used_pieces(wheel: Wheel, texts: Iterable[str]) -> list[int]:
    """The ids worth keeping, in their old order: special ones, pieces of `texts`, and every Han or ASCII character.

    The texts are prepared, so upper case, traditional characters and other scripts fall out by themselves.
    """
    tokenizer = build_tokenizer(wheel.pieces, wheel.scores)
    counts: Counter[int] = Counter()
    stream = iter(texts)
    while batch := list(islice(stream, _BATCH)):
        for encoded in tokenizer.encode_batch(batch, add_special_tokens=False):
            counts.update(set(encoded.ids))
    frequent = {index for index, count in counts.items() if count >= LEAST_TEXTS}
    # Only simplified characters stay single pieces beyond what was seen: `prepare` makes no others.
    single = {index for index, piece in enumerate(wheel.pieces) if len(piece) == 1 and _is_plain(piece)}
    return sorted(frequent | single | set(range(len(SPECIAL))))


def _is_plain(character: str) -> bool:
    return character.isascii() or "\u4e00" <= character <= "\u9fff"


def pruned(wheel: Wheel, kept: Sequence[int]) -> tuple[Tokenizer, Any]:
    """The tokenizer of the kept pieces, and their rows of the word embeddings."""
    tokenizer = build_tokenizer([wheel.pieces[index] for index in kept], wheel.scores[list(kept)])
    words = wheel.tensors["emb.word"].reshape(wheel.sizes.vocabulary, wheel.sizes.hidden)
    return tokenizer, np.ascontiguousarray(words[list(kept)])
