"""Which faults of rows and labels would explain what changed?"""

from __future__ import annotations

import numpy as np
from augbench.bench.gate.fingerprint.evidence import Evidence

from augbench.findings import Finding


def of_rows(evidence: Evidence) -> list[Finding]:
    """Return whether pictures are those of then in another order, and whether labels went along."""
    order = _order(evidence)
    if order is None:
        return []
    then, now = evidence.then.labels, evidence.now.labels
    along = then.shape == now.shape and np.allclose(now, then[order], atol=1e-5)
    moved = float((order != np.arange(len(order))).mean())
    return [Finding("rows-reordered", {"share": moved, "labels_too": bool(along)})]


def of_labels(evidence: Evidence) -> list[Finding]:
    """Return what became of the labels; nothing where they are what they were."""
    then, now, given = evidence.then.labels, evidence.now.labels, evidence.given.labels
    if evidence.same_labels:
        return []
    if then.shape != now.shape:
        return [Finding("label-shape", {"then": list(then.shape), "now": list(now.shape)})]
    share = float((np.abs(then - now).max(axis=1) > 1e-5).mean())
    if np.allclose(now, given, atol=1e-5):
        return [Finding("labels-not-mixed", {"share": share})]
    classes = _classes(then, now)
    if classes is not None:
        return [Finding("classes-permuted", {"order": classes})]
    if _same_rows(then, now):
        return [Finding("labels-shuffled", {"share": share})]
    return [Finding("labels-differ", {"share": share, "largest": float(np.abs(then - now).max())})]


def _order(evidence: Evidence) -> np.ndarray | None:
    """Return which picture of then each picture of now is, None where they are not the same."""
    then, now = evidence.then.images.astype(np.int16), evidence.now.images.astype(np.int16)
    if then.shape != now.shape:
        return None
    order = np.empty(len(now), np.int64)
    free = np.ones(len(then), bool)
    for row, picture in enumerate(now):
        near = np.abs(then - picture).max(axis=(1, 2, 3)) <= evidence.tolerance
        matches = np.flatnonzero(near & free)
        if not len(matches):
            return None
        order[row] = row if row in matches else matches[0]
        free[order[row]] = False
    return None if (order == np.arange(len(order))).all() else order


def _classes(then: np.ndarray, now: np.ndarray) -> list[int] | None:
    """Return which class of then each class of now is, None where columns are not permuted."""
    order: list[int] = []
    for column in now.T:
        match = np.flatnonzero(np.abs(then - column[:, None]).max(axis=0) <= 1e-5)
        match = match[~np.isin(match, order)]
        if not len(match):
            return None
        order.append(int(match[0]))
    return order


def _same_rows(then: np.ndarray, now: np.ndarray) -> bool:
    rows = [sorted(map(tuple, np.round(labels, 4).tolist())) for labels in (then, now)]
    return rows[0] == rows[1]
