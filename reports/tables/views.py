"""Which columns of which table do people see, under which heading, written how?

The page, the Markdown file and the terminal show the same views of the same tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from augbench.reports.formatting import exact, interval, shown

VERDICT_SIGNS = {
    "baseline": "◆",
    "better": "▲",
    "worse": "▼",
    "equivalent": "=",
    "inconclusive": "?",
    "less": "▲",
    "more": "▼",
    "same": "=",
    "underfit": "▼",
    "harmed": "▼",
    "helped": "▲",
}


@dataclass(frozen=True)
class Column:
    """One column for people, made of one column of a table, or of two as a range.

    Attributes:
        heading: what stands above it.
        keys: the table's own column, or two of them: the low and the high end of a range.
        kind: how a value is written (`augbench.reports.formatting.KINDS`).
        help: what it means, in a short sentence; "" where the heading says it.
        file: the name of the CSV file with its values; "" for that of the view's own table.
    """

    heading: str
    keys: tuple[str, ...]
    kind: str = "text"
    help: str = ""
    file: str = ""

    @property
    def is_text(self) -> bool:
        """Whether it reads from the left and sorts by letters."""
        return self.kind in ("text", "verdict", "status")


@dataclass(frozen=True)
class Cell:
    """One cell for people: its text, and the exact values that the text rounds.

    Attributes:
        text: for reading.
        values: ("file.column", the value with all digits), one or two of them.
        kind: as its column's.
    """

    text: str
    values: tuple[tuple[str, str], ...]
    kind: str


@dataclass(frozen=True)
class View:
    """A table as people see it: its columns that exist in the table, and its rows of cells."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0


def col(heading: str, keys: str, kind: str = "text", help: str = "", file: str = "") -> Column:
    """A column from its keys, "name" or "low high"."""
    return Column(heading, tuple(keys.split()), kind, help, file)


POLICY = col("policy", "policy")
VERDICT = col("verdict", "verdict", "verdict")

COLUMNS: dict[str, tuple[Column, ...]] = {
    "accuracy": (
        POLICY,
        col("test accuracy", "test_accuracy_mean", "percent", "mean over the seeds"),
        col("difference", "delta_mean", "points", "to the baseline of the same seeds, in points"),
        col(
            "interval",
            "delta_low delta_high",
            "points",
            "in points, at the level that the note states; the verdict reads it",
        ),
        VERDICT,
        col("p", "p_value", "p", "the level at which the interval touches zero"),
        col("sd", "test_accuracy_sd", "gap", "standard deviation over the seeds, in points"),
        col("trials", "trials", "count", "finished trials, one a seed"),
        col("seeds needed", "seeds_needed_low seeds_needed_high", "count", "to settle it"),
    ),
    "overfitting": (
        POLICY,
        col("gap", "gap_best", "gap", "clean train − validation accuracy at the best epoch"),
        col("difference", "gap_delta", "points", "of the gap to the baseline's, in points"),
        col("interval", "gap_delta_low gap_delta_high", "points", "in points"),
        VERDICT,
        col("last gap", "gap_last", "gap", "the same gap at the last epoch, in points"),
        col("loss gap", "loss_gap_last", "number", "validation − clean train loss, last epoch"),
        col("loss rise", "validation_loss_rise", "number", "last validation loss ÷ its minimum"),
        col("diverges at", "divergence_epoch", "number", "epoch from which the loss keeps rising"),
        col("curve area", "curve_area", "gap", "mean gap over the epochs, in points"),
        col("calibration", "calibration_error", "gap", "its error on test, 15 bins, in points"),
        col("trials", "trials", "count", "finished trials, one a seed"),
    ),
    "per_class": (
        POLICY,
        col("class", "class"),
        col("recall", "recall_mean", "percent", "share of its test images that are recognised"),
        col("difference", "delta_mean", "points", "to the baseline, in points"),
        col("interval", "delta_low delta_high", "points", "in points"),
        VERDICT,
    ),
    "pairs": (
        col("policy", "policy_a"),
        col("against", "policy_b"),
        col("difference", "delta_mean", "points", "first − second, in points"),
        col("interval", "delta_low delta_high", "points", "in points"),
        col("p, equivalence", "p_value", "p", "small: proven to be within the margin"),
        VERDICT,
    ),
    "trials": (
        POLICY,
        col("seed", "seed", "count"),
        col("status", "status", "status"),
        col("test accuracy", "test_accuracy", "percent"),
        col("validation", "validation_accuracy", "percent", "accuracy, last epoch"),
        col("clean train", "train_accuracy", "percent", "accuracy, last epoch"),
        col("test loss", "test_loss", "number"),
        col("best epoch", "best_epoch", "count", "highest validation accuracy"),
        col("epochs", "epochs", "count"),
        col("steps", "steps", "count"),
        col("real images", "real_images", "count"),
        col("generated", "synthetic_images", "count"),
        col("seconds", "seconds", "seconds"),
        col("images/s", "images_per_second", "rate"),
        col("error", "error"),
    ),
    "curves": (
        POLICY,
        col("seed", "seed", "count"),
        col("epoch", "epoch", "count"),
        col("clean train", "train_accuracy", "percent"),
        col("augmented train", "augmented_accuracy", "percent"),
        col("validation", "validation_accuracy", "percent"),
        col("clean train loss", "train_loss", "number"),
        col("augmented loss", "augmented_loss", "number"),
        col("validation loss", "validation_loss", "number"),
    ),
    "confusion": (
        POLICY,
        col("class", "true_class"),
        col("taken for", "predicted_class"),
        col("share", "share_mean", "percent", "of the true class's test images, mean over seeds"),
        col("baseline", "baseline_share_mean", "percent", "the same share under the baseline"),
        col("more by", "delta_mean", "points", "in points; exploratory, not tested"),
    ),
    "noise": (
        POLICY,
        col("seeds", "seeds", "count", "finished by every policy"),
        col("sd", "test_accuracy_sd", "gap", "of test accuracy between seeds, in points"),
        col("best in", "first_share", "percent", "share of seeds in which it came first"),
        col("overtaken in", "overtaken_share", "percent", "share of seeds with another winner"),
    ),
    "cost": (
        POLICY,
        col("seed", "seed", "count"),
        col("set-up, s", "setup_seconds", "seconds", "loading and compiling"),
        col("learning, s", "learn_seconds", "seconds", "what the policy learned, such as a GAN"),
        col("enlarging, s", "enlarge_seconds", "seconds"),
        col("training, s", "train_seconds", "seconds"),
        col("measuring, s", "measure_seconds", "seconds"),
        col("augmenting, images/s", "augment_images_per_second", "rate", "the policy alone"),
        col("memory, MB", "peak_memory_mb", "megabytes", "the process's highest"),
        col("attempts", "attempts", "count"),
    ),
    "synthetic": (
        POLICY,
        col("seed", "seed", "count"),
        col("used", "used", "count", "1: the images were judged worth using, or insisted on"),
        col("labels right", "gan_test", "percent", "by a classifier of real images (GAN-test)"),
        col("of real", "gan_test_floor", "percent", "the same of real images kept from the GAN"),
        col("CAS", "cas", "percent", "a classifier trained on them alone, on real images"),
        col("CAS of real", "cas_real", "percent", "the same after the real images"),
        col("CAS of Gaussians", "cas_gaussian", "percent", "the same after the Gaussian control"),
        col("KID", "kid", "number", "kernel distance to real images; 0 is equal"),
        col("KID floor", "kid_floor", "number", "that of real images kept from the GAN"),
        col("precision", "precision", "number", "share of them among real images"),
        col("recall", "recall", "number", "share of real images among them"),
        col("density", "density", "number"),
        col("coverage", "coverage", "number", "share of real images with one of them near"),
        col("copies", "copies", "percent", "equal to a training image, nearly"),
    ),
    # The trial of median time of each policy: its figures stand in two files.
    "typical": (
        col("policy", "policy", file="trials"),
        col("seed", "seed", "count", "whose trial took the median time", "trials"),
        col("seconds a trial", "seconds", "seconds", "wall time, all parts together", "trials"),
        col("learning, s", "learn_seconds", "seconds", "what the policy learned", "cost"),
        col("enlarging, s", "enlarge_seconds", "seconds", "", "cost"),
        col("training, s", "train_seconds", "seconds", "", "cost"),
        col(
            "augmenting, images/s",
            "augment_images_per_second",
            "rate",
            "the policy alone",
            "cost",
        ),
        col("memory, MB", "peak_memory_mb", "megabytes", "the process's highest", "cost"),
    ),
}

# How a column is written whose table has no view of its own.
_KINDS_BY_ENDING = (
    ("_seconds", "seconds"),
    ("seconds", "seconds"),
    ("_per_second", "rate"),
    ("_mb", "megabytes"),
    ("accuracy", "percent"),
    ("accuracy_mean", "percent"),
    ("share", "percent"),
    ("delta", "points"),
    ("delta_mean", "points"),
)


def columns_of(name: str, frame: pd.DataFrame) -> tuple[Column, ...]:
    """The columns for people that the table has, its own where `COLUMNS` knows none."""
    if name not in COLUMNS:
        return tuple(_guess(str(key), frame[key]) for key in frame.columns)
    has = set(frame.columns)
    known = tuple(column for column in COLUMNS[name] if has.issuperset(column.keys))
    if name != "cost":
        return known
    shown_keys = {key for column in known for key in column.keys}
    others = [str(key) for key in frame.columns if key not in shown_keys]
    return (*known, *(_guess(key, frame[key]) for key in others))


def view(
    name: str, frame: pd.DataFrame, limit: int | None = None, drop: Iterable[str] = ()
) -> View:
    """A table for people.

    Args:
        name: of the table, a key of `COLUMNS` or any other.
        frame: the table.
        limit: rows at most; the first ones are kept.
        drop: keys of columns to leave out.

    Returns:
        The view; `left_out` counts the rows over the limit. Columns without a single value are
        left out too, but for the first and the verdict.
    """
    gone = set(drop)
    columns = tuple(
        column
        for column in columns_of(name, frame)
        if not gone.intersection(column.keys) and (frame.empty or _has_values(column, frame))
    )
    kept = frame if limit is None else frame.head(limit)
    rows = tuple(
        tuple(_cell(name, column, row) for column in columns) for row in kept.to_dict("records")
    )
    return View(name, columns, rows, len(frame) - len(kept))


def cell(name: str, row: Any, keys: str, kind: str) -> Cell:
    """One value (or a range, "low high") of a row of the table with this name."""
    return _cell(name, col("", keys, kind), row)


def _cell(name: str, column: Column, row: Any) -> Cell:
    file = column.file or name
    values = tuple((f"{file}.{key}", exact(row[key])) for key in column.keys)
    if len(column.keys) == 2:
        text = interval(row[column.keys[0]], row[column.keys[1]], column.kind)
    else:
        text = shown(row[column.keys[0]], column.kind)
    return Cell(text, values, column.kind)


def _has_values(column: Column, frame: pd.DataFrame) -> bool:
    if column.kind == "verdict" or column.keys[0] == frame.columns[0]:
        return True
    return any(exact(value) != "" for key in column.keys for value in frame[key])


def _guess(key: str, values: pd.Series) -> Column:
    heading = key.replace("_", " ")
    if key in ("verdict", "status"):
        return Column(heading, (key,), key)
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return Column(heading, (key,))
    for ending, kind in _KINDS_BY_ENDING:
        if key.endswith(ending):
            return Column(heading, (key,), kind)
    return Column(heading, (key,), "count" if _all_whole(values) else "number")


def _all_whole(values: pd.Series) -> bool:
    known = values.dropna()
    return bool((known == known.round()).all())


def best_first(accuracy: pd.DataFrame) -> pd.DataFrame:
    """The table accuracy in the order of its means, the highest first; what has none is last."""
    return accuracy.sort_values(
        "test_accuracy_mean", ascending=False, kind="stable", na_position="last"
    )
