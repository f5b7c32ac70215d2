"""The shared spike benchmark by the minute: its five-minute counts dealt to minutes, its scoring on a finer grid.

The bank's rates are constant within a bin, so given the bin's count each post falls into any of its minutes alike.
"""

import importlib
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alerts.detectors.scs_openings import Slide
from alerts.detectors.scs_policy import CLOSED as CLOSED

HERE = Path(__file__).resolve().parent
Brand = Mapping[str, NDArray[np.float64]]
Minutes = NDArray[np.int64]  # per bin: after how many of its minutes somebody is called, 0: nobody is
Floats = NDArray[np.float64]
_COUNTS = ("neg", "all", "late_neg", "late_all", "up", "mu_neg", "mu_all", "lam_neg")


def bench_folder() -> Path:
    """Where the shared benchmark lies, if it is there at all."""
    return Path(os.environ.get("YQ_SHARED") or HERE.parent.parent / "shared") / "bench" / "spikes"


def shared_bench() -> tuple[ModuleType, ModuleType]:
    """The modules `bench` and `score_bench` of the shared folder."""
    sys.path.insert(0, str(bench_folder()))
    return importlib.import_module("bench"), importlib.import_module("score_bench")


def dealt(brand: Brand) -> tuple[Floats, Floats]:
    """(negative, all) by minute, of what came in time; the same for the same brand."""
    random = np.random.default_rng([int(brand["t"][0]), int(brand["all"].sum())])
    negative = (brand["neg"] - brand["late_neg"]).astype(np.int64)
    others = (brand["all"] - brand["late_all"]).astype(np.int64) - negative
    parts = [random.multinomial(each, np.full(CLOSED, 1 / CLOSED)).ravel().astype(float) for each in (negative, others)]
    return parts[0], parts[0] + parts[1]


def slides(minutes: tuple[Floats, Floats], known: NDArray[np.bool_]) -> tuple[Slide, ...]:
    """The five minutes that end in each minute inside a bin."""
    columns = (*minutes, np.repeat(known, CLOSED).astype(float))
    five = [np.convolve(each, np.ones(CLOSED))[: len(each)] for each in columns]
    at = [slice(phase - 1, None, CLOSED) for phase in range(1, CLOSED)]
    return tuple(
        Slide(phase, five[0][part], five[1][part], five[2][part] > CLOSED - 0.5) for phase, part in enumerate(at, 1)
    )


def by_minute(
    detector: Callable[[Brand], Minutes], bank: Sequence[Any], score: Callable[..., dict[str, Any]]
) -> dict[str, Any]:
    """The shared scoring with a grid of minutes: delays in minutes, weeks as they are, and what a bin costs."""
    alarms, start = [], time.process_time()
    for brand in bank:
        opened = detector(brand)
        at = np.flatnonzero(opened)
        alarm = np.zeros(CLOSED * len(opened), bool)
        alarm[CLOSED * at + opened[at] - 1] = True
        alarms.append(alarm)
    cost = time.process_time() - start
    found = score(lambda brand: alarms[brand["t"]], [_finer(number, brand) for number, brand in enumerate(bank)])
    rows = [(*row[:3], *(None if delay is None else delay / CLOSED for delay in row[3:])) for row in found["_rows"]]
    weeks = found["all"]["brand_weeks"] / CLOSED
    bins = sum(len(brand["neg"]) for brand in bank)
    return {"_rows": rows, "_fa": found["_fa"], "all": {"brand_weeks": weeks}, "us_per_bin": 1e6 * cost / bins}


def _finer(number: int, brand: Mapping[str, Any]) -> dict[str, Any]:
    """The brand with its times in minutes. The margins that the scoring adds around harmless events stay bins."""
    crises = [
        {**each, **{key: CLOSED * each[key] for key in ("onset", "t2x")}}
        | {key: CLOSED * each[key] + CLOSED - 1 for key in ("end_match", "end_quiet")}
        for each in brand["crises"]
    ]
    margins = {"miniburst": 12}
    benign = [
        {**each, "start": CLOSED * each["start"] - 4, "end": CLOSED * each["end"] + margins.get(each["kind"], 52)}
        for each in brand["benign"]
    ]
    plain = {**brand, **dict.fromkeys(_COUNTS)}
    return plain | {"t": number, "score_from": CLOSED * brand["score_from"], "crises": crises, "benign": benign}
