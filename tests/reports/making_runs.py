"""How do tests get a run folder whose truth they know, without training anything?

`make_run` writes the files that `bench` writes (grid.json, experiment.toml, environment.json and
trials/KEY/...), with accuracies, harmed classes, confusions, failures and gaps as told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from augbench.reports.run.layout import SCHEMA_VERSION

FloatArray = np.ndarray[Any, np.dtype[np.floating[Any]]]


def make_run(
    folder: Path,
    policies: Mapping[str, float] | None = None,
    seeds: int | Sequence[int] = 5,
    n_test: int = 200,
    classes: Sequence[str] = ("dress", "hat", "shirt", "shoe"),
    epochs: int = 5,
    rng_seed: int = 0,
    failed: Iterable[tuple[str, int]] = (),
    missing: Iterable[tuple[str, int]] = (),
    *,
    accuracy: float = 0.80,
    train_accuracy: float | Mapping[str, float] = 0.95,
    seed_sd: float = 0.005,
    image_sd: float = 0.02,
    equal: Mapping[str, str] | None = None,
    class_effects: Mapping[str, Mapping[str, float]] | None = None,
    confuses: Mapping[str, Mapping[str, str]] | None = None,
    findings: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    synthetic: Mapping[str, Mapping[str, Any]] | None = None,
    looks: Sequence[Sequence[int]] | None = None,
    plan: Mapping[str, Any] | None = None,
    code: Mapping[str, str] | None = None,
    settled_at: Mapping[str, int] | None = None,
    baseline: str = "none",
    error: str = "RuntimeError: the loss became NaN in epoch 3",
    margin: float = 0.01,
    dataset: str = "made",
    pictures: bool = True,
    validation_split: str = "stratified per seed",
    warnings: Sequence[str] = (),
    measure: str = "end",
    flicker: float = 0.0,
    shared_out: bool = False,
    averaged: Mapping[str, float] | None = None,
) -> Path:
    """Write a run folder under `folder` and return its path.

    Args:
        folder: where the run goes; it is made when absent.
        policies: true effect of each label on test accuracy, as a fraction (`{"flips": .05}`).
            `baseline` is put first with effect 0 unless it is named or is the empty string.
        seeds: how many seeds (0, 1, ...), or the seeds themselves.
        n_test: test images; the labels cycle through the classes.
        classes: class names.
        epochs: rows of every curve.
        rng_seed: the seed of all noise; the same arguments write the same files.
        failed: (label, seed) of trials that failed; they have only a `result.json`.
        missing: (label, seed) of trials that are not there, as after an interruption.
        accuracy: true test accuracy of the baseline. The measured accuracy of a trial is this plus
            the effect plus the seed's noise, to the nearest image of each class.
        train_accuracy: clean training accuracy at the last epoch, for all or by label.
        seed_sd: standard deviation of a trial's accuracy between seeds.
        image_sd: how much policies differ in which images they get right (0: the easiest only).
        equal: labels whose trials repeat those of another label bit for bit.
        class_effects: additional effect by label and class name.
        confuses: the wrong class that a label predicts for a true class; the next one by default.
        findings: what the policies found, in the records, by label.
        synthetic: the `synthetic` part of the records, by label.
        looks: the looks at the study of grid.json; one look at all seeds by default.
        plan: the plan of grid.json, by which the grid grew.
        code: by label, Python to use a policy without augbench.
        settled_at: the number of seeds in which a label takes part, where that is not all.
        baseline: the label of the baseline; "" leaves it out of the grid.
        error: the reason that failed trials give.
        margin: the margin in grid.json.
        dataset: the name of the data set.
        pictures: whether trials have `pictures.npz`.
        validation_split: "folder" or "stratified per seed", as in environment.json.
        warnings: warnings of environment.json.
        measure: what the verdicts are of, in grid.json.
        flicker: share of the test images that each point near the end of training but the last
            one takes for another class.
        shared_out: each test image is measured at one of those points alone.
        averaged: what averaged weights add to test accuracy, by label.
    """
    rng = np.random.default_rng(rng_seed)
    effects = dict(policies if policies is not None else {"flips": 0.05})
    if baseline and baseline not in effects:
        effects = {baseline: 0.0, **effects}
    labels = list(effects)
    numbers = list(range(seeds)) if isinstance(seeds, int) else [int(s) for s in seeds]
    failures, absent = set(failed), set(missing)
    truth = np.arange(n_test) % len(classes)
    hardness = rng.random(n_test)
    keys = {
        label: {
            str(s): f"{at:03d}{s:05d}{rng_seed:04d}"
            for s in numbers[: (settled_at or {}).get(label)]
        }
        for at, label in enumerate(labels)
    }

    folder.mkdir(parents=True, exist_ok=True)
    for label in labels:
        own = hardness + image_sd * rng.standard_normal(n_test)
        by_class = (class_effects or {}).get(label, {})
        wrong = (confuses or {}).get(label, {})
        level = train_accuracy if isinstance(train_accuracy, float) else train_accuracy[label]
        for seed in numbers[: (settled_at or {}).get(label)]:
            trial_rng = np.random.default_rng([rng_seed, labels.index(label), seed])
            if (label, seed) in absent:
                continue
            place = folder / "trials" / keys[label][str(seed)]
            place.mkdir(parents=True, exist_ok=True)
            record = _record(label, seed, epochs)
            record["findings"] = [dict(finding) for finding in (findings or {}).get(label, ())]
            if (label, seed) in failures:
                for name in [name for name in record if name.endswith(("_accuracy", "_loss"))]:
                    record[name] = None
                record |= {"status": "failed", "error": error, "best_epoch": None}
                _write_json(place / "result.json", record)
                continue
            mean = accuracy + effects[label] + seed_sd * trial_rng.standard_normal()
            predicted = truth.copy()
            for k, name in enumerate(classes):
                rows = np.flatnonzero(truth == k)
                share = np.clip(mean + by_class.get(name, 0.0), 0.0, 1.0)
                order = np.argsort(own[rows] + 0.02 * trial_rng.standard_normal(len(rows)))
                lost = rows[order[round(share * len(rows)) :]]
                other = wrong.get(name, classes[(k + 1) % len(classes)])
                predicted[lost] = list(classes).index(other)
            probabilities = _probabilities(predicted, len(classes), trial_rng)
            at_points = _at_points(
                predicted,
                len(classes),
                epochs,
                flicker,
                shared_out,
                [rng_seed, labels.index(label), seed],
            )
            by_average = _gained(predicted, truth, (averaged or {}).get(label, 0.0), len(classes))
            # The same probabilities serve as validation: 100 images of another split.
            part = trial_rng.permutation(n_test)[: min(100, n_test)]
            end = len(at_points)
            measured = at_points >= 0
            right = ((at_points == truth) & measured).sum(0) / measured.sum(0)
            curves = _curves(epochs, level, float(np.mean(predicted == truth)), trial_rng)
            np.savez(
                place / "predictions.npz",
                test_probabilities=probabilities,
                test_labels=truth.astype(np.int64),
                test_end_predicted=at_points,
                test_averaged_predicted=by_average,
                test_paths=np.array(
                    [f"test/{classes[int(k)]}/{i}.png" for i, k in enumerate(truth)]
                ),
                validation_probabilities=probabilities[part],
                validation_labels=truth[part].astype(np.int64),
            )
            _write_curves(place / "curves.csv", curves)
            record |= {
                **{
                    f"{split}_{kind}": float(
                        np.clip(np.mean(curves[f"{split}_{kind}"][-end:]), 0.0, most)
                    )
                    for split in ("train", "validation")
                    for kind, most in (("accuracy", 1.0), ("loss", np.inf))
                },
                "test_accuracy": float(np.mean(right)),
                "last_test_accuracy": float(np.mean(predicted == truth)),
                "averaged_test_accuracy": float(np.mean(by_average == truth)),
                **dict.fromkeys(
                    ("test_loss", "last_test_loss", "averaged_test_loss"),
                    float(
                        -np.log(np.maximum(probabilities[np.arange(n_test), truth], 1e-7)).mean()
                    ),
                ),
                "best_epoch": int(np.argmax(curves["validation_accuracy"])) + 1,
            }
            if synthetic and label in synthetic:
                record["synthetic"] = dict(synthetic[label])
                record["synthetic_images"] = 800
            _write_json(place / "result.json", record)
            if pictures:
                _write_pictures(place / "pictures.npz", truth, predicted, trial_rng)
    for copy, original in (equal or {}).items():
        for seed in numbers:
            _copy_trial(
                folder / "trials" / keys[original][str(seed)],
                folder / "trials" / keys[copy][str(seed)],
                copy,
            )
    _write_json(
        folder / "grid.json",
        {
            "schema_version": SCHEMA_VERSION,
            "dataset": dataset,
            "policies": labels,
            "baseline": baseline or "none",
            "seeds": numbers,
            "keys": keys,
            "margin": margin,
            "study": "0123456789abcdef",
            "studies": {"0123456789abcdef": [list(look) for look in looks or [numbers]]},
            "settled": {},
            "grown": {"0123456789abcdef": [1]} if plan else {},
            "plan": dict(plan) if plan else None,
            "measure": measure,
            "code": dict(code or {}),
        },
    )
    _write_json(
        folder / "environment.json",
        _environment(dataset, list(classes), n_test, numbers, validation_split, list(warnings)),
    )
    experiment = {
        "policies": labels,
        "data": dataset,
        "spec": {"rotation_range": 20, "horizontal_flip": True},
        "first_seed": numbers[0] if numbers else 0,
        "seeds": len(numbers),
        "epochs": epochs,
        "batch_size": 32,
        "image_size": "8x8",
        "train_size": 400,
        "fixed_test": False,
        "measure": measure,
        "model": "reference",
        "jobs": 2,
        "threads": 1,
        "executor": "local",
    }
    (folder / "experiment.toml").write_text(tomli_w.dumps(experiment), encoding="utf-8")
    return folder


def _record(label: str, seed: int, epochs: int) -> dict[str, Any]:
    return {
        "policy": label,
        "seed": seed,
        "status": "done",
        "train_accuracy": None,
        "validation_accuracy": None,
        "test_accuracy": None,
        "train_loss": None,
        "validation_loss": None,
        "test_loss": None,
        "best_epoch": None,
        "epochs": epochs,
        "steps": epochs * 13,
        "real_images": 400,
        "synthetic_images": 0,
        "seconds": 2.5 + 0.25 * seed,
        "images_per_second": 1250.0,
        "last_test_accuracy": None,
        "last_test_loss": None,
        "averaged_test_accuracy": None,
        "averaged_test_loss": None,
        "error": "",
        "cost": {
            "setup_seconds": 0.5,
            "learn_seconds": 0.0,
            "enlarge_seconds": 0.0,
            "train_seconds": 1.75,
            "measure_seconds": 0.25,
            "augment_images_per_second": 5000.0,
            "peak_memory_mb": 310.5,
            "attempts": 1,
        },
        "findings": [],
        "expression": label,
    }


def _probabilities(predicted: Any, classes: int, rng: np.random.Generator) -> Any:
    """Rows that sum to 1, float32 (n, classes), whose largest entry is the predicted class."""
    top = rng.uniform(0.55, 0.99, len(predicted))
    rows = np.repeat(((1 - top) / max(1, classes - 1))[:, None], classes, axis=1)
    rows[np.arange(len(predicted)), predicted] = top
    return rows.astype(np.float32)


def _at_points(
    predicted: Any, classes: int, epochs: int, flicker: float, shared_out: bool, seed: list[int]
) -> Any:
    """Classes at points near the end of training, int32 (points, n); -1 not measured."""
    points = max(1, round(np.ceil(0.3 * epochs - 1e-9)))
    at_points = np.tile(predicted, (points, 1)).astype(np.int32)
    rng = np.random.default_rng([*seed, 1])
    other = rng.random(at_points[:-1].shape) < flicker
    at_points[:-1][other] = (at_points[:-1][other] + 1) % classes
    if shared_out:
        at_points[np.arange(points)[:, None] != np.arange(len(predicted)) % points] = -1
    return at_points


def _gained(predicted: Any, truth: Any, gain: float, classes: int) -> Any:
    """Classes, int32 (n,), of which a share `gain` more are right than of those predicted."""
    changed = predicted.astype(np.int32)
    count = round(abs(gain) * len(truth))
    rows = np.flatnonzero((predicted == truth) == (gain < 0))[:count]
    changed[rows] = truth[rows] if gain > 0 else (truth[rows] + 1) % classes
    return changed


def _curves(
    epochs: int, train: float, validation: float, rng: np.random.Generator
) -> dict[str, list[float]]:
    rise = 1 - 0.5 ** np.arange(1, epochs + 1)
    rise = rise / rise[-1]
    clean = train * rise
    # Validation peaks at the last epoch but one, so that best and last differ where epochs allow.
    held = validation * np.minimum(1.0, rise * 1.02) - 0.002 * (np.arange(epochs) == epochs - 1)
    held = held + 0.0005 * rng.standard_normal(epochs)
    return {
        "train_accuracy": clean.tolist(),
        "train_loss": (1.5 * (1 - clean) + 0.05).tolist(),
        "augmented_accuracy": (clean - 0.02).tolist(),
        "augmented_loss": (1.5 * (1 - clean) + 0.1).tolist(),
        "validation_accuracy": held.tolist(),
        "validation_loss": (1.5 * (1 - held) + 0.1).tolist(),
    }


def _write_curves(path: Path, curves: Mapping[str, list[float]]) -> None:
    lines = ["epoch," + ",".join(curves)]
    for at, row in enumerate(zip(*curves.values(), strict=True), start=1):
        lines.append(",".join([str(at), *(repr(value) for value in row)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_pictures(path: Path, truth: Any, predicted: Any, rng: np.random.Generator) -> None:
    shown, draws, size = 4, 2, 8
    lost = np.flatnonzero(truth != predicted)[:3]
    arrays: dict[str, Any] = {
        "originals": rng.integers(0, 256, (shown, size, size, 3), dtype=np.uint8),
        "augmented": rng.integers(0, 256, (draws, shown, size, size, 3), dtype=np.uint8),
        "captions": np.array([[f"theta={d}.{i}" for i in range(shown)] for d in range(draws)]),
        "labels": np.arange(shown, dtype=np.int64) % (int(truth.max()) + 1),
        "misclassified": rng.integers(0, 256, (len(lost), size, size, 3), dtype=np.uint8),
        "misclassified_true": truth[lost].astype(np.int64),
        "misclassified_predicted": predicted[lost].astype(np.int64),
    }
    np.savez(path, **arrays)


def _copy_trial(source: Path, target: Path, label: str) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for file in source.iterdir():
        if file.name != "result.json":
            (target / file.name).write_bytes(file.read_bytes())
    record = json.loads((source / "result.json").read_text(encoding="utf-8"))
    own = json.loads((target / "result.json").read_text(encoding="utf-8"))
    record |= {"policy": label, "expression": label, "findings": own["findings"]}
    _write_json(target / "result.json", record)


def _environment(
    dataset: str,
    classes: list[str],
    n_test: int,
    seeds: list[int],
    validation_split: str,
    warnings: list[str],
) -> dict[str, Any]:
    return {
        "augbench": "0.1.0",
        "python": "3.11.9",
        "platform": "Linux-x86_64",
        "versions": {"keras": "3.15.1", "numpy": "2.4.0"},
        "cpu": "a CPU",
        "onednn": True,
        "threads": 1,
        "jobs": 2,
        "data": {
            "name": dataset,
            "fingerprint": "0123456789abcdef",
            "classes": classes,
            "image_shape": [8, 8, 3],
            "train": 400,
            "validation": 100,
            "test": n_test,
            "folds": None,
            "splits": {"validation": validation_split, "test": "folder"},
            "unreadable": [],
            "duplicates": [],
            "sources": dataset,
        },
        "spec": {"name": "light", "hash": "feedc0de", "words": {"rotation_range": 20}},
        "warnings": warnings,
        "seeds": seeds,
    }


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
