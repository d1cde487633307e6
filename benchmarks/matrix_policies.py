"""What do augmentations make of the cards in this environment? The part of `matrix.py` that looks.

    python benchmarks/matrix_policies.py FOLDER [--before FOLDER] [--only WORD …]

Renders every policy of `policies` and writes into FOLDER `fingerprint.json` and `found.json`:
which software makes pixels here, which policies fail and why; with ``--before``, the folder of
another environment, also what each policy does otherwise than there, with a picture each.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from augbench.bench.gate.fingerprint import picture
from augbench.bench.gate.fingerprint.comparing import compare
from augbench.bench.gate.fingerprint.picture import Changed
from augbench.bench.gate.fingerprint.stored import fingerprint_of, read, software, write
from augbench.bench.gate.rendering.cards import Cards, cards
from augbench.bench.gate.rendering.rendering import Rendering, render
from augbench.bench.gate.rendering.subject import Subject, all_of, subject_of
from augbench.bench.gate.tier_one import EMBEDDED
from augbench.bench.trial.environment import computing_like_a_worker
from augbench.reports.findings.wording import words
from augbench.reports.findings.wording.changes import definition_changes

from augbench.errors import InputError, in_a_line, reason_of
from augbench.findings import Finding

FINGERPRINT, FOUND = "fingerprint.json", "found.json"
#: every word of a spec that moves pixels or levels
EVERY_WORD: dict[str, Any] = {
    "rotation_range": 25,
    "width_shift_range": 0.15,
    "height_shift_range": 0.1,
    "shear_range": 12,
    "zoom_range": [0.7, 1.2],
    "channel_shift_range": 30,
    "brightness_range": [0.7, 1.3],
    "horizontal_flip": True,
    "vertical_flip": True,
    "fill_mode": "reflect",
}
TURNS = {"rotation_range": 25, "width_shift_range": 0.15, "zoom_range": 0.2}
FILL_MODES = ("nearest", "mirror", "constant", "wrap")
#: what Keras calls a layer -> its arguments
LAYERS: dict[str, tuple[Any, ...]] = {
    "RandomFlip": ("horizontal",),
    "RandomRotation": (0.08,),
    "RandomZoom": ((-0.2, 0.2),),
    "RandomTranslation": (0.1, 0.1),
    "RandomShear": (0.2, 0.2),
    "RandomContrast": (0.3,),
    "RandomBrightness": (0.2,),
    "RandomColorJitter": (),
    "RandomHue": (0.2,),
    "RandomSaturation": (0.5,),
    "RandomGaussianBlur": (),
    "RandomErasing": (),
    "RandomPerspective": (),
    "RandAugment": (),
    "MixUp": (),
    "CutMix": (),
}
#: transforms of Albumentations as people write them, most with the library's own defaults
TRANSFORMS: dict[str, dict[str, Any]] = {
    "HorizontalFlip": {"p": 0.5},
    "Affine": {
        "rotate": (-20, 20),
        "scale": (0.8, 1.2),
        "translate_percent": (-0.1, 0.1),
        "shear": (-10, 10),
        "p": 1,
    },
    "CLAHE": {"p": 1},
    "CoarseDropout": {"p": 1},
    "ColorJitter": {"p": 1},
    "ElasticTransform": {"alpha": 20, "sigma": 5, "p": 1},
    "GaussNoise": {"p": 1},
    "GaussianBlur": {"p": 1},
    "GridDistortion": {"p": 1},
    "HueSaturationValue": {"p": 1},
    "ISONoise": {"p": 1},
    "ImageCompression": {"p": 1},
    "MotionBlur": {"p": 1},
    "Perspective": {"p": 1},
    "RandomBrightnessContrast": {"p": 1},
    "RandomGamma": {"p": 1},
    "RandomResizedCrop": {"size": (24, 32), "p": 1},
    "Rotate": {"limit": 30, "p": 1},
    "Sharpen": {"p": 1},
    "ShiftScaleRotate": {"p": 1},
    "UnsharpMask": {"p": 1},
}
OWN = (
    "colorjitter",
    "cutmix",
    "gaussianblur",
    "gaussiannoise",
    "mixup",
    "randaugment",
    "randomerasing",
    "trivialaugment",
)


@dataclass(frozen=True)
class Looked:
    """What was found of one policy, as JSON has it.

    ``verdict`` is "rendered" where there is nothing to compare with, "fails", or as tier one says;
    ``pixels_differ`` is a share of the first batch, ``largest`` is in grey levels.
    """

    policy: str
    verdict: str
    said: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    pixels_differ: float = 0.0
    largest: int = 0
    picture: str = ""


def policies(shown: Cards) -> Iterator[tuple[str, Callable[[], Subject]]]:
    """Yield the name of each policy, and what makes it, which may fail."""
    specs: dict[str, Any] = {"every word": EVERY_WORD, "tutorial": "tutorial", "photos": "photos"}
    for named, spec in specs.items():
        for subject in all_of(spec, shown.shape, f"({named})"):
            yield subject.name, partial(_as_it_is, subject)
    for mode in FILL_MODES:
        spec = {**TURNS, "fill_mode": mode}
        for subject in all_of(spec, shown.shape, f"({mode})"):
            # Keras layers and stock pipelines name borders in their own words: once is enough
            if subject.expression in ("keras", "albumentations", "albumentations(draws='native')"):
                yield subject.name, partial(_as_it_is, subject)
    for name in OWN:
        yield name, partial(subject_of, name)
    for name, arguments in LAYERS.items():
        yield f"layers.{name}", partial(_layer, name, arguments)
    for name, options in TRANSFORMS.items():
        yield f"A.{name}", partial(_transform, name, options)
    yield "A.SomeOf", _some_of


def _as_it_is(subject: Subject) -> Subject:
    return subject


def _layer(name: str, given: tuple[Any, ...]) -> Subject:
    import keras

    return subject_of([getattr(keras.layers, name)(*given)], name=f"layers.{name}")


def _transform(name: str, given: dict[str, Any]) -> Subject:
    from augbench.policies.engines.stock import albumentations

    made = getattr(albumentations(), name)(**given)
    return subject_of(albumentations().Compose([made]), name=f"A.{name}")


def _some_of() -> Subject:
    from augbench.policies.engines.stock import albumentations

    library = albumentations()
    members = [library.HorizontalFlip(p=0.2), library.VerticalFlip(p=0.8)]
    return subject_of(library.Compose([library.SomeOf(members, n=1, p=1)]), name="A.SomeOf")


def look(folder: Path, before: Path | None = None, only: tuple[str, ...] = ()) -> None:
    """Render all policies, those whose names hold one of ``only``, and write what was found."""
    entries = read(before / FINGERPRINT).policies if before else {}
    looked: list[Looked] = []
    renderings: dict[str, Rendering] = {}
    folder.mkdir(parents=True, exist_ok=True)
    with computing_like_a_worker(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shown = cards()
        for name, make in policies(shown):
            if only and not any(word in name for word in only):
                continue
            try:
                rendering = render(make(), shown)
            except Exception as error:  # of whatever release is looked at
                looked.append(Looked(name, "fails", (_reason(error, name),)))
                continue
            renderings[name] = rendering
            entry = entries.get(name)
            if entry is None:
                looked.append(Looked(name, "rendered"))
                continue
            check = compare(entry, rendering)
            place = ""
            if check.verdict == "changed":
                place = f"{''.join(c if c.isalnum() else '-' for c in name)}.png"
                picture.save([Changed(entry, rendering)], folder / place)
            looked.append(
                Looked(
                    name,
                    check.verdict,
                    tuple(map(_in_words, check.findings)),
                    tuple(finding.kind for finding in check.findings),
                    float(check.figures.get("pixels_differ", 0)),
                    int(check.figures.get("largest", 0)),
                    place,
                )
            )
    if renderings:
        write(fingerprint_of(renderings, EMBEDDED), folder / FINGERPRINT)
    content = {"software": software(), "policies": [vars(policy) for policy in looked]}
    (folder / FOUND).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _in_words(finding: Finding) -> str:
    """Return a finding in words; where a definition differs, the same line has other defaults."""
    if finding.kind == "definition-changed":
        return f"other defaults: {definition_changes(finding.figures)}"
    return words(finding)


def _reason(error: Exception, name: str) -> str:
    text = in_a_line(error) if isinstance(error, InputError) else reason_of(error)
    return text.removeprefix(f"{name}: ")[:200]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--only", nargs="+", default=[])
    asked = parser.parse_args()
    look(asked.folder, asked.before, tuple(asked.only))


if __name__ == "__main__":
    main()
