"""One training loop for every stage: soft targets per head, batches of similar length, bf16 where the CPU has it."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from nlp.training.network import Network

PADDING = 0
_POOL = 50  # batches that are sorted by length together
log = logging.getLogger("nlp.training")


@dataclass(frozen=True, slots=True)
class Example:
    """A tokenised text with what each head should say: probabilities of its classes."""

    ids: Sequence[int]
    targets: Mapping[str, Any]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How a stage learns."""

    epochs: float
    rate: float
    batch: int = 32
    warmup: float = 0.1
    decay: float = 0.01
    seed: int = 13
    head_factor: float = 10.0
    shares: Mapping[str, float] = field(default_factory=dict)  # weight of a head's loss, 1 where none is given


def fit(network: Network, examples: Sequence[Example], plan: Plan) -> None:
    """Train in place."""
    torch.manual_seed(plan.seed)
    generator = np.random.default_rng(plan.seed)
    steps = max(int(plan.epochs * len(examples) / plan.batch), 1)
    optimizer = torch.optim.AdamW(_groups(network, plan), lr=plan.rate, fused=True)
    schedule = schedule_of(optimizer, steps, plan.warmup)
    network.train()
    started, seen = time.monotonic(), 0.0
    for step, batch in zip(range(steps), _forever(examples, plan.batch, generator), strict=False):
        loss = batch_loss(network, batch, plan.shares)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        seen += float(loss.detach())
        if (step + 1) % 50 == 0:
            spent = time.monotonic() - started
            log.info("  %d/%d 步，平均损失 %.4f，%.0f 秒", step + 1, steps, seen / 50, spent)
            seen = 0.0
    network.eval()


def _groups(network: Network, plan: Plan) -> list[dict[str, Any]]:
    """Matrices decay, biases and norms do not; heads start from nothing and learn faster."""
    named = [(name, value) for name, value in network.named_parameters() if value.requires_grad]
    inner = [value for name, value in named if not name.startswith("heads.")]
    heads = [value for name, value in named if name.startswith("heads.")]
    return [
        {"params": [value for value in inner if value.ndim > 1], "weight_decay": plan.decay},
        {"params": [value for value in inner if value.ndim <= 1], "weight_decay": 0.0},
        {"params": heads, "weight_decay": 0.0, "lr": plan.rate * plan.head_factor},
    ]


def schedule_of(optimizer: Any, steps: int, warmup: float) -> Any:
    """Up to the full rate within the warm-up share of the steps, then down in a line to a fiftieth."""
    rising = max(int(warmup * steps), 1)
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / rising, max((steps - step) / max(steps - rising, 1), 0.02))
    )


def even_batches(lengths: Sequence[int], size: int, generator: Any) -> Iterator[list[int]]:
    """One shuffled epoch of row numbers; within a pool of batches rows are sorted by length: little is padding."""
    order = generator.permutation(len(lengths))
    for start in range(0, len(order), size * _POOL):
        members = sorted(order[start : start + size * _POOL], key=lengths.__getitem__)
        batches = [members[first : first + size] for first in range(0, len(members), size)]
        for index in generator.permutation(len(batches)):
            yield batches[index]


def _forever(examples: Sequence[Example], size: int, generator: Any) -> Iterator[list[Example]]:
    """Epoch after epoch."""
    lengths = [len(example.ids) for example in examples]
    while True:
        for members in even_batches(lengths, size, generator):
            yield [examples[member] for member in members]


def padded(rows: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    """Token ids and attention mask as tensors."""
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), PADDING, dtype=torch.long)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = torch.as_tensor(row)
        mask[index, : len(row)] = 1
    return ids, mask


def batch_loss(network: Network, batch: Sequence[Example], shares: Mapping[str, float]) -> Any:
    """The weighted mean over the heads that the batch has targets for."""
    names = sorted({name for example in batch for name in example.targets})
    ids, mask = padded([example.ids for example in batch])
    with torch.autocast("cpu", torch.bfloat16):
        scores = network(ids, mask, names)
    total = torch.zeros(())
    for name, score in zip(names, scores, strict=True):
        rows = [index for index, example in enumerate(batch) if name in example.targets]
        truth = [batch[index].targets[name] for index in rows]
        weight = torch.tensor([batch[index].weight for index in rows])
        losses = _losses(name, score[rows].float(), truth)
        total = total + shares.get(name, 1.0) * (losses * weight).sum() / len(batch)
    return total


def _losses(name: str, scores: Any, truth: Sequence[Any]) -> Any:
    """One loss per row, by the kind of head that its name ends with."""
    target = torch.as_tensor(np.stack(truth), dtype=torch.float32)
    if name.endswith(":several"):
        return functional.binary_cross_entropy_with_logits(scores, target, reduction="none").sum(1)
    return -(target * functional.log_softmax(scores, dim=1)).sum(1)


def answers(network: Network, rows: Sequence[Sequence[int]], names: Sequence[str], batch: int = 64) -> list[Any]:
    """The scores of the named heads for every row, in order, as numpy."""
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
    parts: list[list[Any]] = [[] for _ in names]
    network.eval()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(order), batch):
            ids, mask = padded([rows[index] for index in order[start : start + batch]])
            for part, score in zip(parts, network(ids, mask, names), strict=True):
                part.append(score.float().numpy())
    back = np.argsort(order)
    return [np.concatenate(part)[back] for part in parts]
