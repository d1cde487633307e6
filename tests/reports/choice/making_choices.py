"""How do tests get the folder of a search whose truth they know, without training anything?

`make_choice` writes the files that `augbench choose` writes, choose.json and choose.npz: candidates
with effects as told race in halving blocks, and the winner is confirmed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

EFFECTS = {
    "flip": 0.014,
    "rotation 15°": 0.012,
    "shift 10%": 0.006,
    "zoom 15%": 0.004,
    "shear 8°": 0.0,
    "brightness 25%": 0.003,
    "channel shift 30": -0.002,
    "mixup": -0.008,
    "cutmix": -0.03,
    "randaugment": 0.002,
    "trivialaugment": -0.012,
}
NEW = {"flip + rotation 15°": 0.026, "rotation 7°": 0.006, "flip + rotation 15° + shift 10%": 0.022}
STRUCK = {"vertical flip": [("b", "p", 0.02, 0.61), ("p", "b", 0.0, 0.55)]}
SCRIPT = '"""Train a small CNN, augmented with {}."""\n\nDATA = "photos/train"\nEPOCHS = 10\n'
FRESH = 1000


def make_choice(
    folder: Path,
    effects: Mapping[str, float] = EFFECTS,
    new: Mapping[str, float] = NEW,
    struck: Mapping[str, Sequence[tuple[str, str, float, float]]] = STRUCK,
    *,
    sizes: Sequence[int] = (100, 5, 3, 2, 2, 2),
    fresh: int = 5,
    gain: tuple[float, float, float] | None = None,
    kind: str = "better",
    state: str = "done",
    within: float | None = None,
    winner: str | None = None,
    failed: Sequence[tuple[str, int]] = (),
    tutorial: float | None = 0.004,
    images: np.ndarray | None = None,
    noise: float = 0.006,
    **more: Any,
) -> Path:
    """Write the files of a search and return its folder.

    Args:
        folder: where they go; it is made when absent.
        effects: true effect of each candidate of the first block, as a fraction.
        new: the same of those that join in the second block.
        struck: by candidate, the classes that turn: source, target, share of clean images, share
            of augmented ones.
        sizes: how many race in each block at most, the baseline aside; none for no race.
        fresh: seeds of the confirmation; 0 for none.
        gain: mean and interval of the winner on them; by default about its true effect.
        kind: of the answer.
        state: of the search.
        within: of the answer.
        winner: of the race; by default the highest estimate.
        failed: (policy, block) of trials that failed.
        tutorial: effect of the preset that is confirmed beside; None for no such.
        images: uint8, N×H×W×C; by default none are kept.
        noise: standard deviation of a figure within its block.
        more: what else stands in choose.json, in place of what stands there by default.
    """
    folder.mkdir(parents=True, exist_ok=True)
    truth = {**effects, **new, "none": 0.0}
    blocks, figures = _race(truth, list(effects), list(new), sizes, set(failed), noise)
    estimates = _estimates(figures)
    if winner is None:
        winner = estimates[0]["policy"] if estimates and estimates[0]["mean"] > 0 else "none"
    best = winner if winner != "none" else (estimates[0]["policy"] if estimates else "none")
    candidates = [*effects, *struck, *(new if len(sizes) > 1 else ())]
    confirm = None
    if fresh and best != "none":
        confirm = _confirm(best, truth, fresh, gain, tutorial, estimates)
    content = {
        "schema_version": 1,
        "dataset": "clothing",
        "state": state,
        "budget": 1800.0,
        "spent": 1712.3 if state == "done" else 431.0,
        "jobs": 2,
        "margin": 0.01,
        "objective": "accuracy",
        "summary": {
            "images": 504, "validation": 168, "test": 168, "classes": 5, "fewest": 90, "most": 120,
            "height": 64, "width": 64, "grey": False, "border": None, "mirrored": 0.1,
            "upright": 0.9, "duplicates": 0,
        },
        "settings": {
            "data": "photos/", "epochs": 30, "batch_size": 32, "image_size": [64, 64],
            "model": "reference",
        },
        "candidates": [_candidate(label) for label in candidates],
        "left_out": [{"name": "gan", "reason": "the smallest class has 90 training images"}],
        "screen": [
            _screened(label, place, struck, images) for place, label in enumerate(candidates)
        ],
        "blocks": blocks,
        "figures": figures,
        "estimates": estimates,
        "winner": winner,
        "confirm": confirm,
        "answer": {
            "kind": kind, "policy": "none" if kind == "nothing" else winner, "within": within,
        },
        "code": {name: SCRIPT.format(name) for name in ("keras", "albumentations", "keras-layers")},
        "command": "augbench choose --data photos/ --budget 1h --out results",
        "full_report": "",
        "warnings": [],
    }  # fmt: skip
    text = json.dumps(content | more, ensure_ascii=False)
    (folder / "choose.json").write_text(text, encoding="utf-8")
    if images is not None:
        np.savez_compressed(folder / "choose.npz", **_pictures(candidates, struck, images))  # type: ignore[arg-type]
    return folder


def load_images(folder: Path, count: int = 8, side: int = 64) -> np.ndarray:
    """Images of a folder of classes, uint8 N×H×W×3, each of another class while there are some."""
    classes = sorted(place for place in folder.iterdir() if place.is_dir())
    files = [sorted(place.iterdir())[at] for at in range(2) for place in classes][:count]
    pictures = [Image.open(file).convert("RGB").resize((side, side)) for file in files]
    return np.stack([np.asarray(picture, np.uint8) for picture in pictures])


def _race(
    truth: Mapping[str, float],
    field: list[str],
    new: list[str],
    sizes: Sequence[int],
    failed: set[tuple[str, int]],
    noise: float,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rng = np.random.default_rng(0)
    blocks: list[dict[str, Any]] = []
    figures: list[dict[str, Any]] = []
    for place, size in enumerate(sizes):
        joining = new if place == 1 else []
        if place:
            ranked = [one["policy"] for one in _estimates(figures)]
            field = [*[name for name in ranked if name in field][: size - len(joining)], *joining]
        else:
            field = field[:size]
        level = 0.8 + rng.normal(0, 0.01)
        for name in ("none", *field):
            bad = (name, place) in failed
            figure = round(level + truth[name] + rng.normal(0, noise), 4)
            figures.append(
                {
                    "policy": name,
                    "seed": place,
                    "figure": None if bad else figure,
                    "seconds": round(12 + rng.normal(0, 1), 2),
                    "error": "RuntimeError: the loss became NaN in epoch 3" if bad else "",
                }
            )
        blocks.append({"seed": place, "policies": ["none", *field]})
    return blocks, figures


def _estimates(figures: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The mean difference to the baseline, pulled towards 0; the best first."""
    base = {one["seed"]: one["figure"] for one in figures if one["policy"] == "none"}
    gains: dict[str, list[float]] = {}
    for one in figures:
        if one["policy"] != "none" and one["figure"] is not None:
            gains.setdefault(one["policy"], []).append(one["figure"] - base[one["seed"]])
    found = []
    for name, values in gains.items():
        precision = len(values) / 0.009**2
        total = precision + 1 / 0.02**2
        mean = float(np.mean(values)) * precision / total
        found.append(
            {"policy": name, "mean": mean, "sd": 1 / math.sqrt(total), "blocks": len(values)}
        )
    return sorted(found, key=lambda one: -one["mean"])


def _confirm(
    best: str,
    truth: Mapping[str, float],
    seeds: int,
    gain: tuple[float, float, float] | None,
    tutorial: float | None,
    estimates: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    mean, low, high = gain or (truth[best], truth[best] - 0.017, truth[best] + 0.017)
    rivals = {one["policy"]: truth[one["policy"]] for one in estimates if one["policy"] != best}
    others = {name: by for name, by in rivals.items() if " + " not in name}
    others = dict(list(others.items())[:1])
    if tutorial is not None:
        others["tutorial"] = tutorial
    policies = [best, "none", *others]
    means = {best: 0.8 + mean, "none": 0.8, **{name: 0.8 + by for name, by in others.items()}}

    def result(other: str, by: float, ends: tuple[float, float]) -> dict[str, Any]:
        word = "better" if ends[0] > 0 else "worse" if ends[1] < 0 else "inconclusive"
        if ends[0] > -0.01 and ends[1] < 0.01:
            word = "equivalent"
        known = seeds >= 3
        return {
            "policy": best,
            "against": other,
            "mean": by,
            "low": ends[0] if known else None,
            "high": ends[1] if known else None,
            "verdict": word if known else "inconclusive",
            "seeds": seeds,
        }

    results = [result("none", mean, (low, high))]
    for name, by in others.items():
        results.append(result(name, mean - by, (mean - by - 0.013, mean - by + 0.013)))
    return {
        "seeds": list(range(FRESH, FRESH + seeds)),
        "policies": policies,
        "accuracy": [
            {"policy": name, "mean": means[name], "sd": 0.01 if seeds > 1 else None, "seeds": seeds}
            for name in policies
        ],
        "results": results,
    }


def _candidate(label: str) -> dict[str, Any]:
    families = [part.strip(" 0123456789%°") for part in label.split(" + ")]
    return {
        "label": label,
        "family": families,
        "words": {},
        "beside": "",
        "reason": "most photographs stay what they are in a mirror",
        "strength": 2,
        "kind": "combination" if len(families) > 1 else "single",
        "policy": "albumentations(spec={'horizontal_flip': True})",
    }


def _screened(
    label: str,
    place: int,
    struck: Mapping[str, Sequence[tuple[str, str, float, float]]],
    images: np.ndarray | None,
) -> dict[str, Any]:
    turned = struck.get(label, ())
    affinity = 0.6 if turned else 0.98 - 0.01 * (place % 7)
    return {
        "label": label,
        "affinity": affinity,
        "accuracy": 0.8 * affinity,
        "clean_accuracy": 0.8,
        "struck": bool(turned),
        "turned": [
            {
                "source": source, "target": target, "clean": clean, "augmented": augmented,
                "low": 0.4, "high": 0.7, "images": 40, "draws": 160,
            }
            for source, target, clean, augmented in turned
        ],
        "pictures": f"turned {place}" if turned and images is not None else "",
    }  # fmt: skip


def _pictures(
    candidates: Sequence[str], struck: Mapping[str, Any], images: np.ndarray
) -> dict[str, np.ndarray]:
    arrays = {"originals": images[:6]}
    for place, label in enumerate(candidates):
        changed = images[:, ::-1] if label in struck else np.roll(images[:, :, ::-1], place, 1)
        arrays[f"looks {place}"] = changed[:6]
        if label in struck:
            arrays[f"turned {place}"] = np.stack([images, changed], axis=1)[:8]
    return arrays
