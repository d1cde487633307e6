"""What is wrong with a policy by itself, in words?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from augbench.reports.findings.wording.phrases import in_words, listed
from augbench.reports.findings.wording.quantities import QUANTITIES

Figures = Mapping[str, Any]

_SOURCES = {
    "np.random": "NumPy's global generator",
    "random": "Python's global generator",
    "np.random and random": "NumPy's and Python's global generators",
    "state": "a generator that it keeps to itself",
    "": "something else than the batch's generator, which no seed here reaches",
}


def _epochs(of: Figures) -> str:
    return (
        f"each epoch repeats the first: all {of['images']} images got the same augmentation again; "
        "draw from the batch's rng, or from (seed, epoch, row)"
    )


def _steps(of: Figures) -> str:
    return (
        f"each step repeats the first: the same picture got the same augmentation in all batches "
        f"of {of['images']} images, as from workers that start with one seed; draw from the "
        "batch's rng, or from (seed, epoch, row)"
    )


def _batches(of: Figures) -> str:
    return (
        "all batches get the same augmentation, in each step, each epoch and with each seed: a "
        "generator is made anew with a fixed seed; draw from the batch's rng"
    )


def _seed(of: Figures) -> str:
    return (
        f"the seed is ignored: another one gave the same {of['images']} images; runs with several "
        "seeds repeat the same augmentations"
    )


def _other(of: Figures) -> str:
    return (
        f"the same batch came out otherwise a second time ({of['images']} of {of['of']} images): "
        f"it draws from {_SOURCES.get(of['source'], of['source'])}, so no run can be repeated; "
        "draw from the batch's rng alone"
    )


def _flips(of: Figures) -> str:
    return (
        f"left–right and top–bottom flips come only together: in {of['images']} images none came "
        "alone; one coin is thrown for both, or two generators have one seed"
    )


def _shared(of: Figures) -> str:
    first, second = (QUANTITIES[name].many for name in of["pair"])
    return (
        f"{first} and {second} go together: rank correlation {of['r']:.2f} over {of['images']} "
        "images, where they ought to be independent; their generators have one seed"
    )


def _members(of: Figures) -> str:
    seed = "" if of["seed"] is None else f" (seed={of['seed']})"
    members = listed(of["members"])
    what = "transforms" if of["library"] == "albumentations" else "layers"
    text = (
        f"as its owner calls it, {in_words(len(of['members']))} {what} start from the same seed"
        f"{seed}: {members}"
    )
    if of["flips_together"]:
        text += "; their flips come only together"
    if of["library"] == "albumentations":
        return (
            f"{text}; call compose.set_random_state(np.random.default_rng(seed), "
            "random.Random(seed)) instead; augbench trains with one stream for all"
        )
    return f"{text}; give each layer another seed, or none; augbench trains with one for each"


def _rest(of: Figures) -> str:
    return (
        f"its layers change images at random with training=False too ({of['images']} of "
        f"{of['of']}), so validation images would be augmented"
    )


def _strength(of: Figures) -> str:
    return f"{_what(of)}, over {of['images']} images"


def _native(of: Figures) -> str:
    return f"the library by itself does not do what the spec says: {_what(of)}"


def _what(of: Figures) -> str:
    quantity, unit = QUANTITIES[of["parameter"]].many, QUANTITIES[of["parameter"]].unit
    word, how = of["word"], of["how"]
    if "share" in of:
        share = f"{quantity} in {100 * of['share']:.0f} % of images"
        asked = (
            f"and {word} is not in the spec" if how == "not-asked" else f"where {word} says 50 %"
        )
        return f"{share} {asked}"
    measured, wanted = (_range(of[name], unit) for name in ("measured", "expected"))
    if how == "never":
        return f"no {quantity}, where {word} says {wanted}"
    if how == "not-asked":
        return f"{quantity} of {measured}, and {word} is not in the spec"
    if how == "whole":
        return f"{quantity} in whole pixels, {measured}, where {word} says any within {wanted}"
    if of["choices"]:
        values = f"{in_words(of['choices'])} values within {wanted}"
        return f"{quantity} of {measured}, where {word} says {values}"
    return f"{quantity} of {measured}, where {word} says {wanted} evenly"


def _range(ends: list[float], unit: str) -> str:
    return f"{ends[0]:.3g}…{ends[1]:.3g}{unit}"


def _swapped(of: Figures) -> str:
    across, down = of["across"], of["down"]
    text = (
        f"the two shifts are swapped: columns move by what height_shift_range says (up to "
        f"{down:.3g} px) and rows by what width_shift_range says (up to {across:.3g} px)"
    )
    return f"{text}, and images turn about a point off their centre" if of["off_centre"] else text


def _native_swapped(of: Figures) -> str:
    return f"the library by itself does not do what the spec says: {_swapped(of)}"


def _input(of: Figures) -> str:
    what = [name for name in ("images", "labels") if of[name]]
    return (
        f"it writes into the {' and '.join(what) or 'batch'} that it is given, which are the data "
        "set's own: each epoch starts from the last one's; change a copy"
    )


def _wrapped(of: Figures) -> str:
    return (
        f"grey levels wrap around: {_percent(of['share'])} of pixels turn from light to dark or "
        "back as uint8 overflows; compute in float32 and clip to 0…255"
    )


def _clipped(of: Figures) -> str:
    white = of["share"] - of["black"]
    return (
        f"{_percent(of['share'])} of grey levels end at 0 ({_percent(of['black'])}) or 255 "
        f"({_percent(white)}): what they showed is lost"
    )


def _black(of: Figures) -> str:
    return (
        f"{_percent(of['share'])} of images come out black: floats of 0…1 are taken for levels of "
        "0…255 somewhere"
    )


def _white(of: Figures) -> str:
    return (
        f"{_percent(of['share'])} of images come out white: levels of 0…255 are taken for floats "
        "of 0…1 somewhere"
    )


def _nothing(of: Figures) -> str:
    return "it changes nothing: no image and no label, in any epoch, step or seed"


def _not_random(of: Figures) -> str:
    return "nothing in it is random: every image gets the same change each time"


def _one_draw(of: Figures) -> str:
    return (
        f"the images of a batch share a draw: equal pictures come out equal in "
        f"{_percent(of['within'])} of cases within a batch, in {_percent(of['between'])} across "
        "batches; draw for each image"
    )


def _percent(share: float) -> str:
    return "less than 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


#: kind -> the sentence of its figures
HEALTH: Mapping[str, Callable[[Figures], str]] = {
    "health-epochs-repeat": _epochs,
    "health-steps-repeat": _steps,
    "health-batches-repeat": _batches,
    "health-seed-ignored": _seed,
    "health-other-randomness": _other,
    "health-flips-together": _flips,
    "health-shared-stream": _shared,
    "health-members-share-seed": _members,
    "health-augments-at-rest": _rest,
    "health-strength": _strength,
    "health-native-strength": _native,
    "health-shifts-swapped": _swapped,
    "health-native-shifts-swapped": _native_swapped,
    "health-input-changed": _input,
    "health-values-wrapped": _wrapped,
    "health-values-clipped": _clipped,
    "health-images-black": _black,
    "health-images-white": _white,
    "health-changes-nothing": _nothing,
    "health-nothing-random": _not_random,
    "health-one-draw-a-batch": _one_draw,
}
