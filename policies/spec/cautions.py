"""Which words of a spec work but are probably not what was meant, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from augbench.policies.spec.spec import AugmentationSpec


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


def _of_geometry(spec: AugmentationSpec) -> list[str]:
    said = []
    if 0 < spec.shear_range < 1:
        said.append(
            f"shear_range={spec.shear_range:g} is {spec.shear_range:g} degrees, next to nothing "
            "(it was radians until December 2017, and tutorials kept the number); "
            f"{spec.shear_range * 57.2958:.2g} degrees would be {spec.shear_range:g} radians"
        )
    if spec.shear_range >= 90:
        said.append(
            f"shear_range={spec.shear_range:g} reaches 90 degrees, where a picture becomes a line, "
            "and mirrors it beyond"
        )
    if 0 < spec.rotation_range < 1:
        said.append(
            f"rotation_range={spec.rotation_range:g} is in degrees, next to nothing; a share of a "
            f"turn as keras.layers.RandomRotation takes it would be {spec.rotation_range * 360:g}"
        )
    if spec.rotation_range > 180:
        said.append(f"rotation_range={spec.rotation_range:g}: 180 degrees is any direction already")
    low, high = spec.zoom
    if low <= 0:
        said.append(
            f"zoom_range={spec.words()['zoom_range']!r} reaches down to {low:g}: at 0 a picture "
            "is stretched to one line, below 0 it is mirrored; keep the lower factor above 0"
        )
    if isinstance(spec.zoom_range, tuple) and high < 0.5:
        said.append(
            f"zoom_range={list(spec.zoom_range)} are factors, of which 1 changes nothing, and "
            f"shows at most {high:.0%} of a side; for a range about 1 write a single number"
        )
    return said


def _of_colour(spec: AugmentationSpec) -> list[str]:
    said = []
    if 0 < spec.channel_shift_range < 1:
        said.append(
            f"channel_shift_range={spec.channel_shift_range:g} is in grey levels of 0..255, "
            "less than one; multiply by 255 if it was meant for images in 0..1"
        )
    if spec.brightness_range is not None:
        low, high = spec.brightness_range
        if spec.rescale in (None, 1.0):
            said.append(
                "brightness_range without rescale looks like a spec for images in 0..1, which "
                "ImageDataGenerator's brightness turns black; here images are 0..255, and models "
                "are fed 0..255 unless rescale is 1/255"
            )
        if high == 0:
            said.append("brightness_range=[0, 0] turns every image black")
        elif high < 0.5 or low > 2:
            said.append(
                f"brightness_range={[low, high]} are factors, of which 1 changes nothing; "
                "for a range about 1 write such as [0.8, 1.2]"
            )
    return said


def _of_standardizing(spec: AugmentationSpec) -> list[str]:
    said = []
    samplewise = spec.samplewise_center or spec.samplewise_std_normalization
    featurewise = spec.featurewise_center or spec.featurewise_std_normalization
    if samplewise and (featurewise or spec.zca_whitening):
        said.append(
            "samplewise and featurewise words together: as in ImageDataGenerator, the training "
            "statistics are those of images before their own mean is taken off"
        )
    if spec.preprocessing_function is not None and (featurewise or spec.zca_whitening):
        said.append(
            "preprocessing_function with featurewise words: as in ImageDataGenerator, the training "
            "statistics are those of images that have not passed through the function"
        )
    if spec.zca_whitening and spec.featurewise_std_normalization:
        said.append("zca_whitening switches featurewise_std_normalization off")
    return said


def cautions_of(spec: AugmentationSpec) -> list[str]:
    """Return a sentence for each dangerous word of ``spec``, each with its reason."""
    said = []
    for word in ("width_shift_range", "height_shift_range"):
        said += _of_shift(word, getattr(spec, word))
    said += _of_geometry(spec) + _of_colour(spec) + _of_standardizing(spec)
    if spec.cval and spec.fill_mode not in ("constant", "grid-constant"):
        said.append(
            f"cval={spec.cval:g} has no effect with fill_mode={spec.fill_mode!r}; "
            "it needs 'constant' or 'grid-constant'"
        )
    return said
