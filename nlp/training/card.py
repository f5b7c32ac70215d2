"""MODEL_CARD.md, written by the training command so that its figures are never older than the weights."""

from collections.abc import Mapping
from typing import Any

from nlp.training.evaluation import FOLDS, Sets
from nlp.training.invented import WEIGHT
from nlp.training.metrics import table
from nlp.training.sentiment import NGRAMS as SENTIMENT_NGRAMS
from nlp.training.sentiment import STATED_RECALL
from nlp.training.topics import NGRAMS as TOPIC_NGRAMS

_LICENCES = {
    "ccf_bdci2021_bank": "competition data, no licence stated; learned from, not redistributed",
    "bank_topics": "labels are this project's, texts belong to their sources; learned from, not redistributed",
    "ccf_bdci2019_internet_news": "competition data, no licence stated; helper only",
    "ccf_bdci2019_fin_negative": "competition data, no licence stated; helper only",
    "fincuge_finfe": "no licence stated; rows with two labels removed; helper only",
    "nlpcc2013_weibo_emotion": "shared task data (repository MIT); helper only",
    "weibo2018": "no licence stated; helper only; 300 posts also serve as topic `other`",
    "smp2020_virus": "competition data, no licence stated; helper only",
}


def model_card(sets: Sets, body: Mapping[str, Any]) -> str:
    """The whole card as Markdown."""
    rows = {
        "ccf_bdci2021_bank": len(sets.train) + len(sets.dev),
        "bank_topics": len(sets.topics),
        **{name: len(members) for name, members in sets.general.items()},
    }
    data = "\n".join(f"| {name} | {rows[name]:,} | {_LICENCES[name]} |" for name in rows)
    figures = body["figures"]
    sentiment = {name: figures[name] for name in ("bank_comments_dev", "bank_topics_sentiment")}
    return _CARD.format(
        sentiment_sha=body["weights"]["sentiment"],
        topics_sha=body["weights"]["topics"],
        sentiment_ngrams=f"{SENTIMENT_NGRAMS.lowest}-{SENTIMENT_NGRAMS.highest}",
        sentiment_columns=1 << SENTIMENT_NGRAMS.bits,
        topic_ngrams=f"{TOPIC_NGRAMS.lowest}-{TOPIC_NGRAMS.highest}",
        topic_columns=1 << TOPIC_NGRAMS.bits,
        folds=FOLDS,
        recall=STATED_RECALL,
        invented=len(sets.invented),
        weight=WEIGHT,
        data=data,
        sentiment_table=table("stance", sentiment),
        topics_table=table("topics", {"bank_topics": figures["bank_topics_topics"]}),
        severity_table=table("severity", {"bank_topics": figures["bank_topics_severity"]}),
    )


_CARD = """# Model card: the linear models of yuqing

Written by `python -m nlp.training`; do not edit by hand.

| model | what it says | file | SHA-256 of the weights |
|---|---|---|---|
| `linear` stance | negative, neutral, positive, calibrated | `sentiment/weights.npz` | `{sentiment_sha}` |
| `linear` topics | 16 topics, several at once; severity 0-3 | `topics/weights.npz` | `{topics_sha}` |

## How they work

Texts are folded (NFKC, simplified, lower case), URLs and @names become signs, and character n-grams are hashed:
{sentiment_ngrams} characters into {sentiment_columns:,} columns for the stance, {topic_ngrams} into {topic_columns:,}
for topics. N-grams of fewer than two training texts are ignored. One logistic regression per output, 8-bit weights.
The stance model also sees the scores of six helpers, each trained on one general set; helpers, regression and
calibration are all linear, so what is shipped is one matrix. Probabilities are calibrated out of fold. A text is
called negative or positive where its probability reaches the threshold of that class, else neutral; a threshold is as
high as it can be while {recall} of the comments of its class are still found out of fold, so that precision is the best
for that recall. Hashes only: no text is shipped.

Two kinds of texts are learned beside the labelled ones, and never judged or calibrated on:

- {invented:,} sentences that were written for training (`nlp/training/invented.jsonl`, weight {weight}): sarcasm,
  complaints in the shape of questions and of bare facts, negation, dialect, advice, other people's troubles, short
  plain complaints.
- The unlabelled comments of the competition, with the probabilities that the teachers of the encoder gave them
  (`nlp/training/heard.npz`; knowledge distillation). The teachers learned neither the dev split nor one quarter of
  bank_topics. For the figures of bank_topics below they are left out, since the teachers learned the other quarters.

Risk words (`nlp/lexicon/risk_words.json`) set a floor under the severity that the model cannot outvote; a damping
word close by (辟谣, 反诈 ...) takes one level off. Topic words (`nlp/lexicon/topic_words.json`) do the same for the two
topics with the fewest examples. Cue words (`nlp/lexicon/topic_cues.json`, written from the guidelines, not from the
texts) are features of the topics beside the n-grams: one column per topic, how many different cues of it occur. What
they weigh is learned and stands in `topics/model.json`. They raised micro-F1 from 0.78 to 0.80.

Tried for the topics and left out, since it gained nothing out of fold: trigrams, a second layer over all 16 scores,
200 dimensions of latent semantics from 49,000 texts without labels, every cue word as a column of its own.

## Data

| set | rows | remark |
|---|---|---|
{data}

The shipped weights are fitted on every row above. **The figures below are not theirs**: each comes from the same
recipe fitted without the judged rows (bank comments: trained on the train split, judged on the dev split;
bank_topics: {folds} folds, out of fold). Intervals: 95 %, bootstrap over rows.

## Figures

{sentiment_table}

{topics_table}

{severity_table}

`serious` = severity >= 2. `serious_recall_at_p50`: recall where precision by probability is still 0.5;
`serious_precision` and `serious_recall`: of the level as reported, risk words included.

## Limits

- The labels of the bank comments are noisy: on the comments labelled a second time for bank_topics about a quarter of
  the stances differ (kappa about 0.5), which bounds every figure on that set.
- The words of a text are a bag of short character runs: sarcasm, long-range negation and comparison of two banks in
  one sentence are beyond it. The scorer narrows the text to the sentences that name the subject.
- Trained on text up to 2023 about Chinese banks; slang moves on. Correct, measure, retrain.
- Dialect, emoji-only posts and deliberate misspellings are mostly called neutral.
- A batch of bank_topics was enriched for rare topics: its shares of topics and severities are not natural.
- Severity 3 has 37 examples; there the risk words do most of the work. 反问 and quoted rumours raise it as well.
- Probabilities are calibrated on a mix of comments and bank_topics; on one kind alone the error is larger.

## Use

For triage by people. Not for judging a person, a credit or a complaint on its merits.
"""
