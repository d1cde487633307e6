"""Which words of a spec work but are probably not what was meant, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Words = Mapping[str, Any]


def _of_shift(word: str, value: Any) -> list[str]:
    if isinstance(value, tuple):
        small = [v for v in value if abs(v) < 1 and v != 0]
        large = [v for v in value if abs(v) >= 1]
        if small and large:
            unit = "shares of the side" if max(value) < 1 else "pixels"
            return [
                f"{word}={list(value)} mixes shares and pixels: the largest value decides for all, "
                f"so all are {unit}; write one kind only"
            ]
        if len(value) == 2 and value[0] == -value[1]:
            return [
                f"{word}={list(value)} is a choice between these two values, not a range; "
                f"write {abs(value[0])!r} for a range of ±{abs(value[0])!r}"
            ]
        return []
    if isinstance(value, int) and value == 1:
        return [f"{word}=1 never moves anything: a whole number n means ±(n-1); 1.0 means ±1 pixel"]
    return []


def _of_geometry(words: Words) -> list[str]:
    cautions = []
    shear, turn, zoom = (words[f"{name}_range"] for name in ("shear", "rotation", "zoom"))
    if 0 < shear < 1:
        cautions.append(
            f"shear_range={shear:g} is {shear:g} degrees, next to nothing "
            "(it was radians until December 2017, and tutorials kept the number); "
            f"{shear * 57.2958:.2g} degrees would be {shear:g} radians"
        )
    if shear >= 90:
        cautions.append(
            f"shear_range={shear:g} reaches 90 degrees, where a picture becomes a line, "
            "and mirrors it beyond"
        )
    if 0 < turn < 1:
        cautions.append(
            f"rotation_range={turn:g} is in degrees, next to nothing; a share of a "
            f"turn as keras.layers.RandomRotation takes it would be {turn * 360:g}"
        )
    if turn > 180:
        cautions.append(f"rotation_range={turn:g}: 180 degrees is any direction already")
    low, high = zoom if isinstance(zoom, tuple) else (1 - zoom, 1 + zoom)
    if low <= 0:
        shown = list(zoom) if isinstance(zoom, tuple) else zoom
        cautions.append(
            f"zoom_range={shown!r} reaches down to {low:g}: at 0 a picture "
            "is stretched to one line, below 0 it is mirrored; keep the lower factor above 0"
        )
    if isinstance(zoom, tuple) and high < 0.5:
        cautions.append(
            f"zoom_range={list(zoom)} are factors, of which 1 changes nothing, and "
            f"shows at most {high:.0%} of a side; for a range about 1 write a single number"
        )
    if high > 5:
        cautions.append(
            f"zoom_range reaches up to {high:g}, where a picture is 1/{high:g} of a side and the "
            "rest is filled"
        )
    return cautions


def _of_colour(words: Words) -> list[str]:
    cautions = []
    if 0 < words["channel_shift_range"] < 1:
        cautions.append(
            f"channel_shift_range={words['channel_shift_range']:g} is in grey levels of 0..255, "
            "less than one; multiply by 255 if it was meant for images in 0..1"
        )
    if words["channel_shift_range"] > 255:
        cautions.append(
            f"channel_shift_range={words['channel_shift_range']:g} is more than all grey levels, "
            "0..255: most images become of one level"
        )
    if words["brightness_range"] is not None:
        low, high = words["brightness_range"]
        if words["rescale"] in (None, 1.0):
            cautions.append(
                "brightness_range without rescale looks like a spec for images in 0..1, which "
                "ImageDataGenerator's brightness turns black; here images are 0..255, and models "
                "are fed 0..255 unless rescale is 1/255"
            )
        if high == 0:
            cautions.append("brightness_range=[0, 0] turns every image black")
        elif high < 0.5 or low > 2 or high > 10:
            cautions.append(
                f"brightness_range={[low, high]} are factors, of which 1 changes nothing; "
                "for a range about 1 write such as [0.8, 1.2]"
            )
    return cautions


def _of_standardizing(words: Words) -> list[str]:
    cautions = []
    samplewise = words["samplewise_center"] or words["samplewise_std_normalization"]
    featurewise = words["featurewise_center"] or words["featurewise_std_normalization"]
    if samplewise and (featurewise or words["zca_whitening"]):
        cautions.append(
            "samplewise and featurewise words together: as in ImageDataGenerator, the training "
            "statistics are those of images before their own mean is taken off"
        )
    if words["preprocessing_function"] is not None and (featurewise or words["zca_whitening"]):
        cautions.append(
            "preprocessing_function with featurewise words: as in ImageDataGenerator, the training "
            "statistics are those of images that have not passed through the function"
        )
    if words["zca_whitening"] and words["featurewise_std_normalization"]:
        cautions.append("zca_whitening switches featurewise_std_normalization off")
    return cautions


def cautions_of(words: Words) -> list[str]:
    """Return a sentence for each dangerous word of a spec, each with its reason.

    Args:
        words: all words of a validated spec with their values, ranges as tuples.
    """
    cautions = []
    for word in ("width_shift_range", "height_shift_range"):
        cautions += _of_shift(word, words[word])
    cautions += _of_geometry(words) + _of_colour(words) + _of_standardizing(words)
    if words["cval"] and words["fill_mode"] not in ("constant", "grid-constant"):
        cautions.append(
            f"cval={words['cval']:g} has no effect with fill_mode={words['fill_mode']!r}; "
            "it needs 'constant' or 'grid-constant'"
        )
    return cautions


def cautions_at(words: Words, shape: tuple[int, int, int]) -> list[str]:
    """Return a sentence for each word that empties images H×W×C of a size.

    Args:
        words: as of `cautions_of`.
        shape: of the images.
    """
    cautions = []
    for word, side in (("width_shift_range", shape[1]), ("height_shift_range", shape[0])):
        value = words[word]
        reach = max(map(abs, value)) if isinstance(value, tuple) else value
        if reach >= 1 and reach >= side:
            shown = list(value) if isinstance(value, tuple) else value
            cautions.append(
                f"{word}={shown!r} is in pixels, and images have {side}: it moves some wholly out "
                "of sight"
            )
    return cautions
