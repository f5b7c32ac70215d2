"""TF-IDF rows for training: the same numbers that LinearModel computes at inference."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from nlp.features import FloatArray, hash_counts
from nlp.linear import NgramSettings


def count_matrix(texts: Sequence[str], ngrams: NgramSettings) -> Any:
    """Sparse matrix of 1 + log(count) over the hashed n-grams of prepared texts."""
    found = hash_counts(texts, lowest=ngrams.lowest, highest=ngrams.highest, bits=ngrams.bits)
    values = 1 + np.log(found.counts).astype(np.float32)
    return sparse.csr_matrix((values, (found.rows, found.columns)), shape=(len(texts), 1 << ngrams.bits))


def inverse_frequency(counts: Any, least: int) -> FloatArray:
    """Smoothed idf; 0 for columns that occur in fewer than `least` texts: rare n-grams only dilute the others."""
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log((1 + counts.shape[0]) / (1 + frequency)) + 1
    # As stored: half precision. Training on the same numbers keeps the shipped model equal to the trained one.
    return np.where(frequency >= least, idf, 0).astype(np.float16).astype(np.float32)


def weighted(counts: Any, idf: FloatArray) -> Any:
    """Rows of tf x idf with length 1, over the columns that have an idf only."""
    columns = np.flatnonzero(idf)
    rows = counts[:, columns].multiply(idf[columns][None, :]).tocsr()
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return (sparse.diags_array(1 / np.maximum(length, 1e-9)) @ rows).tocsr().astype(np.float32)


def spread(weights: Any, idf: FloatArray) -> FloatArray:
    """Weights of the columns that have an idf, put at their places among all columns."""
    everywhere = np.zeros((len(idf), weights.shape[1]), dtype=np.float32)
    everywhere[np.flatnonzero(idf)] = weights
    return everywhere
