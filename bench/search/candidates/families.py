"""Which augmentations may be worth trying, in which strengths, and why?

Families come in two or three strengths. The middle one races first; the others, and combinations
of what helped, follow (`augbench.bench.search.race`). Strengths are those of the presets and of
the tutorials, in `ImageDataGenerator`'s words, and those of the papers where a policy has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from augbench.bench.search.candidates.candidate import Candidate, Words


@dataclass(frozen=True)
class Family:
    """A kind of augmentation in its strengths.

    Attributes:
        name: what `--include` and `--exclude` call it.
        strengths: by strength, the label and what is done: words of a spec, or a policy as typed.
        reason: why it is tried.
        group: a combination has one member of a group at most: ``automatic`` choice of operations,
            ``mixing`` of labels, ``enlarging`` of the training set; empty for none.
    """

    name: str
    strengths: Mapping[int, tuple[str, Words | str]]
    reason: str
    group: str = ""

    def candidate(self, strength: int, fill: Words) -> Candidate:
        """Return the candidate of a strength; ``fill`` says what is seen beyond the border."""
        label, does = self.strengths[strength]
        kind = "single" if strength == 2 else "strength"
        if isinstance(does, str):
            first = self.group == "enlarging"
            before, beside = (does, "") if first else ("", does)
            reason = self.reason
            return Candidate(label, (self.name,), {}, beside, reason, strength, kind, before)
        words = {**does, **(fill if self.moves else {})}
        return Candidate(label, (self.name,), words, "", self.reason, strength, kind)

    @property
    def moves(self) -> bool:
        """Whether pixels from beyond the border are needed."""
        return any(
            word.startswith(("rotation", "width", "height", "shear", "zoom"))
            for _, does in self.strengths.values()
            if not isinstance(does, str)
            for word in does
        )


FAMILIES: tuple[Family, ...] = (
    Family(
        "flip",
        {2: ("flip", {"horizontal_flip": True})},
        "most photographs stay what they are in a mirror",
    ),
    Family(
        "vertical flip",
        {2: ("vertical flip", {"vertical_flip": True})},
        "seen from above there is no up",
    ),
    Family(
        "rotation",
        {
            1: ("rotation 7°", {"rotation_range": 7.0}),
            2: ("rotation 15°", {"rotation_range": 15.0}),
            3: ("rotation 30°", {"rotation_range": 30.0}),
        },
        "things are seldom held quite straight",
    ),
    Family(
        "any rotation",
        {2: ("any rotation", {"rotation_range": 180.0})},
        "seen from above there is no up",
    ),
    Family(
        "shift",
        {
            1: ("shift 5%", {"width_shift_range": 0.05, "height_shift_range": 0.05}),
            2: ("shift 10%", {"width_shift_range": 0.1, "height_shift_range": 0.1}),
            3: ("shift 20%", {"width_shift_range": 0.2, "height_shift_range": 0.2}),
        },
        "things are seldom quite in the middle",
    ),
    Family(
        "zoom",
        {
            1: ("zoom 7%", {"zoom_range": 0.07}),
            2: ("zoom 15%", {"zoom_range": 0.15}),
            3: ("zoom 30%", {"zoom_range": 0.3}),
        },
        "things are near or far",
    ),
    Family(
        "shear",
        {
            2: ("shear 8°", {"shear_range": 8.0}),
            3: ("shear 20°", {"shear_range": 20.0}),
        },
        "writing slants, cameras look from the side",
    ),
    Family(
        "brightness",
        {
            1: ("brightness 10%", {"brightness_range": [0.9, 1.1]}),
            2: ("brightness 25%", {"brightness_range": [0.75, 1.25]}),
            3: ("brightness 50%", {"brightness_range": [0.5, 1.5]}),
        },
        "light changes",
    ),
    Family(
        "channel shift",
        {2: ("channel shift 30", {"channel_shift_range": 30.0})},
        "exposure differs from picture to picture",
    ),
    Family(
        "colour",
        {
            2: ("colour 30%", "colorjitter(hue=0.03, saturation=0.3)"),
            3: ("colour 60%", "colorjitter(hue=0.1, saturation=0.6)"),
        },
        "lamps, weather and cameras give colours of their own",
    ),
    Family(
        "noise",
        {
            2: ("noise 5%", "gaussiannoise(std=0.05)"),
            3: ("noise 10%", "gaussiannoise(std=0.1)"),
        },
        "sensors and compression add noise that a network may learn by heart",
    ),
    Family(
        "blur",
        {
            2: ("blur 1 px", "gaussianblur(sigma=1.0)"),
            3: ("blur 2 px", "gaussianblur(sigma=2.0)"),
        },
        "some pictures are sharper than others",
    ),
    Family(
        "erasing",
        {
            1: ("erasing 15%", "randomerasing(scale=(0.02, 0.15))"),
            2: ("erasing 33%", "randomerasing(scale=(0.02, 0.33))"),
        },
        "things are partly hidden, and more of a thing must be recognised",
    ),
    Family(
        "randaugment",
        {2: ("randaugment", "randaugment")},
        "a little of everything, made for photographs",
        "automatic",
    ),
    Family(
        "trivialaugment",
        {2: ("trivialaugment", "trivialaugment")},
        "one strong operation an image, made for photographs",
        "automatic",
    ),
    Family(
        "mixup",
        {2: ("mixup", "mixup(alpha=0.2)"), 3: ("mixup 0.4", "mixup(alpha=0.4)")},
        "blends pictures and their labels: smoother borders between classes",
        "mixing",
    ),
    Family(
        "cutmix",
        {2: ("cutmix", "cutmix(alpha=1.0)")},
        "pastes a part of one picture into another: more of a thing must be recognised",
        "mixing",
    ),
    Family(
        "gaussian",
        {2: ("gaussian", "gaussian(factor=2)")},
        "new images of each class, of its Gaussian: what a GAN has to beat",
        "enlarging",
    ),
    Family(
        "gan",
        {2: ("gan", "gan(factor=2)")},
        "new images of each class, made by a network that learnt it",
        "enlarging",
    ),
)
BY_NAME = {family.name: family for family in FAMILIES}
