"""Are differences explained by what caused them? Maps, levels and labels are made, not rendered."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from augbench.bench.gate.fingerprint.evidence import Evidence
from augbench.bench.gate.fingerprint.of_geometry import of_geometry
from augbench.bench.gate.fingerprint.of_labels import of_labels, of_rows
from augbench.bench.gate.fingerprint.of_levels import of_channels, of_levels
from augbench.bench.gate.fingerprint.of_randomness import of_batches, of_independence
from augbench.bench.gate.fingerprint.of_sampling import of_sampling
from augbench.bench.gate.fingerprint.relations import relation
from augbench.bench.gate.rendering.cards import LEVELS
from augbench.bench.gate.rendering.measuring import Measured, composed
from augbench.bench.gate.rendering.randomness import Randomness
from augbench.bench.gate.rendering.rendering import Made
from augbench.policies.engines.pixels import warp
from augbench.policies.engines.rows import Sampling
from augbench.policies.spec.draws import Draws, draw
from augbench.policies.spec.geometry import backward_matrices
from augbench.policies.spec.loading import load_spec

from augbench.findings import Finding

SHAPE = (24, 36, 3)
ROWS = 200
SPEC = {
    "rotation_range": 15,
    "width_shift_range": 0.12,
    "height_shift_range": 0.15,
    "shear_range": 12,
    "zoom_range": 0.15,
    "horizontal_flip": True,
    "vertical_flip": True,
    "brightness_range": [0.8, 1.2],
}
SOUND = Randomness(True, True, True, True, True)
RNG = np.random.default_rng(5)
LABELS = np.eye(4, dtype=np.float32)[RNG.integers(0, 4, ROWS)]
MADE = Made(RNG.integers(0, 256, (ROWS, *SHAPE), np.uint8), LABELS)


def drawn(seed: int = 0, **words: Any) -> Draws:
    return draw(load_spec(SPEC | words), seed, 0, ROWS, SHAPE[:2])


def levels_of(scale: Any = 1.0, offset: Any = 0.0) -> np.ndarray:
    scale, offset = np.broadcast_to(scale, ROWS), np.broadcast_to(offset, ROWS)
    grey = np.array(LEVELS)[None] * scale[:, None] + offset[:, None]
    return np.repeat(np.clip(grey, 0, 255)[:, :, None], 3, axis=2)


def read(draws: Draws, levels: np.ndarray | None = None) -> Measured:
    maps = backward_matrices(draws, SHAPE[:2], quirks="none", flips=True)[:, :2]
    return Measured(SHAPE, maps, levels_of() if levels is None else levels)


def evidence(read_then: Measured, read_now: Measured, **more: Any) -> Evidence:
    parts = {
        "given": MADE,
        "then": MADE,
        "now": MADE,
        "randomness_then": SOUND,
        "randomness_now": SOUND,
        "tolerance": 1,
    }
    return Evidence(measured_then=read_then, measured_now=read_now, **{**parts, **more})


def changed(**fields: Any) -> list[Finding]:
    """What is said of geometry where some draws are other ones."""
    draws = drawn()
    return of_geometry(evidence(read(draws), read(dataclasses.replace(draws, **fields))))


def kinds(found: list[Finding]) -> list[str]:
    return [one.kind for one in found]


def test_maps_that_are_read_a_little_off_are_the_same() -> None:
    then = read(drawn())
    off = then.maps.copy()
    off[:, :, 2] += 0.15
    off[:3] += 5.0  # two rows in a hundred may be read badly
    assert of_geometry(evidence(then, dataclasses.replace(then, maps=off))) == []
    off[:6] += 5.0
    assert of_geometry(evidence(then, dataclasses.replace(then, maps=off)))


@pytest.mark.parametrize(
    ("parameter", "field", "sign"),
    [("shift_x", "shift_x", 1), ("shift_y", "shift_y", 1), ("theta", "theta", 1)],
)
def test_a_parameter_that_shrinks_grows_turns_or_goes_is_named(
    parameter: str, field: str, sign: int
) -> None:
    values = getattr(drawn(), field)
    for factor in (0.5, -1.0, 1.6):
        (found,) = changed(**{field: factor * values})
        assert (found.kind, found.figures["parameter"]) == ("parameter-scaled", parameter)
        assert found.figures["factor"] == pytest.approx(factor, abs=0.02)
    (found,) = changed(**{field: 0 * values})
    assert found.kind == "parameter-dropped" and found.figures["parameter"] == parameter
    low, high = found.figures["then"]
    assert low == pytest.approx(values.min(), abs=0.01)
    assert high == pytest.approx(values.max(), abs=0.01)
    draws = dataclasses.replace(drawn(), **{field: 0 * values})
    (found,) = of_geometry(evidence(read(draws), read(drawn())))
    assert found.kind == "parameter-added" and found.figures["parameter"] == parameter


def test_a_zoom_the_other_way_round_is_inverted() -> None:
    (found,) = changed(zx=1 / drawn().zx)
    assert (found.kind, found.figures) == ("parameter-inverted", {"parameter": "zx"})


def test_parameters_that_are_cut_off_reordered_or_drawn_anew() -> None:
    values = drawn().shift_x
    (found,) = changed(shift_x=np.clip(values, -2.0, 1.0))
    assert found.kind == "parameter-clipped" and found.figures["now"] == pytest.approx(
        [-2.0, 1.0], abs=0.01
    )
    (found,) = changed(shift_x=values[::-1])
    assert found == Finding("draws-reordered", {"parameter": "shift_x"})
    other = drawn(seed=1)
    (found,) = changed(shift_x=other.shift_x)
    assert found == Finding("other-draws", {"parameter": "shift_x"})
    (found,) = changed(shift_x=np.sign(other.shift_x) * 4)
    assert (found.kind, found.figures["parameter"]) == ("parameter-range", "shift_x")


def test_other_draws_of_all_are_named_one_by_one_and_hide_behind_what_is_sure() -> None:
    other = drawn(seed=1)
    fields = {name: getattr(other, name) for name in ("theta", "shift_x", "shift_y")}
    found = changed(**fields)
    assert set(kinds(found)) == {"other-draws"} and len(found) == 3
    (found_one,) = changed(**fields, zx=drawn().zx * 0 + 1)
    assert (found_one.kind, found_one.figures["parameter"]) == ("parameter-dropped", "zx")


def test_shifts_that_are_swapped_in_pixels_or_as_shares() -> None:
    x, y = drawn().shift_x, drawn().shift_y
    aspect = SHAPE[1] / SHAPE[0]
    for factor in (1.0, aspect):
        assert changed(shift_x=y * factor, shift_y=x / factor) == [Finding("shifts-swapped", {})]
    assert kinds(changed(shift_x=y * 2, shift_y=x / 2)) != ["shifts-swapped"]
    assert kinds(changed(shift_x=y, shift_y=x, theta=0.5 * drawn().theta)) != ["shifts-swapped"]


def test_another_centre_is_found_with_its_place() -> None:
    then = read(drawn())
    for point in ((3.0, -2.0), (0.5, 0.5)):
        maps = then.maps.copy()
        maps[:, :, 2] += (np.eye(2) - maps[:, :, :2]) @ np.array(point)
        (found,) = of_geometry(evidence(then, dataclasses.replace(then, maps=maps)))
        assert found.kind == "centre-moved"
        assert (found.figures["x"], found.figures["y"]) == pytest.approx(point, abs=0.02)


@pytest.mark.parametrize("order", ["TRSZF", "RTZSF", "ZSTRF"])
def test_the_same_parameters_in_another_order(order: str) -> None:
    then = read(drawn(rotation_range=40, shear_range=30))
    now = dataclasses.replace(then, maps=composed(order, then))
    (found,) = of_geometry(evidence(then, now))
    assert found == Finding("order-changed", {"then": list("RTSZF"), "now": list(order)})


def test_flips_that_are_swapped_dropped_added_rarer_or_others() -> None:
    draws = drawn()
    a, b = draws.flip_horizontal, draws.flip_vertical
    none = np.zeros(ROWS, bool)
    assert changed(flip_horizontal=b, flip_vertical=a) == [Finding("flips-swapped", {})]
    (found,) = changed(flip_horizontal=none)
    shares = {"parameter": "flip_horizontal", "then": a.mean(), "now": 0.0}
    assert found == Finding("flip-dropped", shares)
    then = read(dataclasses.replace(draws, flip_vertical=none))
    (found,) = of_geometry(evidence(then, read(draws)))
    assert found == Finding(
        "flip-added", {"parameter": "flip_vertical", "then": 0.0, "now": b.mean()}
    )
    rarer = a & (RNG.random(ROWS) < 0.4)
    (found,) = changed(flip_horizontal=rarer)
    assert found.kind == "flip-probability" and found.figures["now"] == rarer.mean()
    (found,) = changed(flip_vertical=drawn(seed=1).flip_vertical)
    assert found == Finding("other-draws", {"parameter": "flip_vertical"})
    few = a.copy()
    few[:3] ^= True  # within what may be read badly
    assert changed(flip_horizontal=few) == []


def test_maps_that_are_no_longer_affine_or_are_now() -> None:
    whole = read(drawn())
    lost = whole.maps.copy()
    lost[:60] = np.nan
    partly = dataclasses.replace(whole, maps=lost)
    (found,) = of_geometry(evidence(whole, partly))
    assert found == Finding("movement-not-affine", {"then": 1.0, "now": pytest.approx(0.7)})
    (found,) = of_geometry(evidence(partly, whole))
    assert found.kind == "movement-affine"
    for known, heard in ((15, False), (16, True)):  # fewer say nothing
        maps = np.full_like(whole.maps, np.nan)
        maps[:known] = whole.maps[:known]
        hardly = dataclasses.replace(whole, maps=maps)
        moved = dataclasses.replace(whole, maps=maps + 1.0)
        assert bool(of_geometry(evidence(hardly, moved))) == heard


def test_levels_that_are_scaled_shifted_cut_or_of_another_range() -> None:
    bright = drawn().brightness
    then = read(drawn(), levels_of(bright))

    def said(levels: np.ndarray, before: Measured = then) -> list[Finding]:
        return of_levels(evidence(before, dataclasses.replace(before, levels=levels)))

    assert said(levels_of(bright)) == [] and said(levels_of(bright) + 1.2) == []
    assert said(levels_of(bright) / 255) == [Finding("levels-0-1", {})]
    small = dataclasses.replace(then, levels=levels_of(bright) / 255)
    assert said(levels_of(bright), small) == [Finding("levels-0-255", {})]
    for white in (253, 254, 255):
        saturated = said(np.full_like(then.levels, white)) == [Finding("levels-saturated", {})]
        assert saturated == (white >= 254)
    for more, kind in ((2.3, "levels-differ"), (3.0, "parameter-added")):
        assert kinds(said(then.levels + more)) == [kind]
    (found,) = said(levels_of(1 + 2 * (bright - 1)))
    assert (found.kind, found.figures["parameter"]) == ("parameter-scaled", "brightness")
    assert found.figures["factor"] == pytest.approx(2.0, abs=0.05)
    assert kinds(said(levels_of(1.0))) == ["parameter-dropped"]
    (found,) = said(levels_of(bright, RNG.uniform(-20, 20, ROWS)))
    assert (found.kind, found.figures["parameter"]) == ("parameter-added", "channel_shift")
    (found,) = said(np.minimum(levels_of(bright), 160))
    assert (found.kind, found.figures["light"]) == ("clipped-early", True)
    assert (found.figures["limit"], found.figures["level"]) == (160, LEVELS[2])
    (found,) = said(np.maximum(levels_of(bright), 40))
    assert (found.kind, found.figures["light"]) == ("clipped-early", False)
    assert (found.figures["limit"], found.figures["level"]) == (40, LEVELS[0])
    curved = levels_of(bright)
    curved[:, 1] += 30
    assert said(curved)


def test_channels_in_another_order() -> None:
    now = dataclasses.replace(MADE, images=MADE.images[..., [2, 0, 1]])
    one = read(drawn())
    (found,) = of_channels(evidence(one, one, now=now))
    assert found == Finding("channels-permuted", {"order": [2, 0, 1]})
    assert of_channels(evidence(one, one)) == []
    four = dataclasses.replace(MADE, images=MADE.images[..., [0, 1, 2, 0]])
    turned = dataclasses.replace(MADE, images=four.images[..., [1, 2, 0, 3]])
    (found,) = of_channels(evidence(one, one, then=four, now=turned))
    assert found.figures["order"] == [1, 2, 0, 3]
    grey = dataclasses.replace(MADE, images=MADE.images[..., :1])
    assert of_channels(evidence(one, one, then=grey, now=grey)) == []


def test_rows_in_another_order_with_and_without_their_labels() -> None:
    order = np.roll(np.arange(ROWS), 50)
    one = read(drawn())
    for labels, along in ((LABELS[order], True), (LABELS, False)):
        now = Made(MADE.images[order], labels)
        (found,) = of_rows(evidence(one, one, now=now))
        assert found == Finding("rows-reordered", {"share": 1.0, "labels_too": along})
    assert of_rows(evidence(one, one)) == []
    other = MADE.images.copy()
    other[0] ^= 128
    assert of_rows(evidence(one, one, now=Made(other, LABELS))) == []


def test_labels_that_are_permuted_shuffled_unmixed_or_others() -> None:
    one = read(drawn())
    mixed = (0.7 * LABELS + 0.3 * LABELS[::-1]).astype(np.float32)

    def said(then: np.ndarray, now: np.ndarray) -> Finding:
        made = (dataclasses.replace(MADE, labels=labels) for labels in (then, now))
        (found,) = of_labels(evidence(one, one, **dict(zip(("then", "now"), made, strict=True))))
        return found

    assert of_labels(evidence(one, one)) == []
    share = float((np.abs(mixed - LABELS).max(axis=1) > 1e-5).mean())
    assert said(mixed, LABELS) == Finding("labels-not-mixed", {"share": share})
    found = said(mixed, mixed[:, [1, 0, 3, 2]])
    assert (found.kind, found.figures["order"]) == ("classes-permuted", [1, 0, 3, 2])
    shuffled = mixed[np.roll(np.arange(ROWS), 7)]
    share = float((np.abs(mixed - shuffled).max(axis=1) > 1e-5).mean())
    assert said(mixed, shuffled) == Finding("labels-shuffled", {"share": share})
    assert said(mixed, mixed[:, :3]) == Finding(
        "label-shape", {"then": [ROWS, 4], "now": [ROWS, 3]}
    )
    found = said(mixed, np.clip(mixed - 0.1, 0, 1))
    assert found.kind == "labels-differ" and found.figures["share"] == 1.0
    assert found.figures["largest"] == pytest.approx(0.1)


def test_batches_that_no_longer_differ_or_repeat() -> None:
    one = read(drawn())
    for name, kind in (
        ("epochs_differ", "epochs-equal"),
        ("steps_differ", "steps-equal"),
        ("seeds_differ", "seed-ignored"),
        ("repeats", "not-repeatable"),
        ("input_kept", "input-changed"),
    ):
        worse = dataclasses.replace(SOUND, **{name: False})
        (found,) = of_batches(evidence(one, one, randomness_now=worse))
        assert found == Finding(kind, {"now": True})
        (found,) = of_batches(evidence(one, one, randomness_then=worse))
        assert found == Finding(kind, {"now": False})
    assert of_batches(evidence(one, one)) == []


def test_draws_that_go_together_now() -> None:
    draws = drawn()
    tied = dataclasses.replace(draws, shift_y=draws.shift_x * 0.9)
    (found,) = of_independence(evidence(read(draws), read(tied)))
    assert found.kind == "draws-together" and found.figures["of"] == ["shift_x", "shift_y"]
    assert found.figures["r"] == pytest.approx(1.0, abs=0.01)
    assert of_independence(evidence(read(tied), read(tied))) == []
    assert of_independence(evidence(read(tied), read(draws))) == []
    flips = dataclasses.replace(draws, flip_vertical=draws.flip_horizontal)
    (found,) = of_independence(evidence(read(draws), read(flips)))
    assert found.figures["of"] == ["flip_horizontal", "flip_vertical"]
    for count, heard in ((29, 0), (30, 1)):
        then, now = (read(one).take(np.arange(count)) for one in (draws, tied))
        assert len(of_independence(evidence(then, now))) == heard


def test_relations_of_values_that_hardly_vary() -> None:
    then = RNG.uniform(-5, 5, ROWS)
    small = relation("shift_x", then, 0.01 * then + RNG.normal(0, 0.002, ROWS), 0.0, 0.12)
    assert small is not None and small.kind == "parameter-scaled"
    assert small.figures["factor"] == pytest.approx(0.01, abs=0.002)
    noise = relation("shift_x", then, RNG.normal(0, 0.03, ROWS), 0.0, 0.12)
    assert noise is not None and noise.kind == "parameter-dropped"
    for factor, off in ((2.0, 0.22), (0.5, 0.11)):  # what is measured is multiplied along
        now = factor * then + RNG.uniform(-off, off, ROWS)
        found = relation("shift_x", then, now, 0.0, 0.12)
        assert found is not None and found.kind == "parameter-scaled"
    assert relation("shift_x", then, then + RNG.uniform(-0.1, 0.1, ROWS), 0.0, 0.12) is None


def sampled(sampling: Sampling, maps: np.ndarray, images: np.ndarray) -> np.ndarray:
    return np.stack([warp(i, m, sampling) for i, m in zip(images, maps, strict=True)])


@pytest.mark.parametrize(
    ("then", "now", "kind", "figures"),
    [
        (Sampling("nearest"), Sampling("reflect"), "border-differs", ("nearest", "reflect")),
        (
            Sampling("constant", 0.0),
            Sampling("constant", 255.0),
            "border-differs",
            ("constant 0", "constant 255"),
        ),
        (Sampling(order=1), Sampling(order=0), "interpolation-differs", (1, 0)),
        (Sampling(order=1), Sampling(order=3), "interpolation-differs", (1, 3)),
    ],
)
def test_a_border_and_an_interpolation_are_told(
    then: Sampling, now: Sampling, kind: str, figures: tuple[Any, Any]
) -> None:
    count = 16
    smooth = np.repeat(np.repeat(RNG.integers(0, 256, (count, 6, 9, 3), np.uint8), 4, 1), 4, 2)
    one = read(drawn()).take(np.arange(count))
    labels = LABELS[:count]
    given = Made(smooth, labels)
    sides = [Made(sampled(side, one.maps, smooth), labels) for side in (then, now)]
    (found,) = of_sampling(evidence(one, one, given=given, then=sides[0], now=sides[1]))
    assert found == Finding(kind, dict(zip(("then", "now"), figures, strict=True)))


def test_pixels_that_nothing_explains() -> None:
    count = 16
    one = read(drawn()).take(np.arange(count))
    given = Made(MADE.images[:count], LABELS[:count])
    then = Made(sampled(Sampling(), one.maps, given.images), given.labels)
    other = Made(RNG.integers(0, 256, then.images.shape, np.uint8), given.labels)
    assert of_sampling(evidence(one, one, given=given, then=then, now=then)) == []
    (found,) = of_sampling(evidence(one, one, given=given, then=then, now=other))
    assert found == Finding("pixels-alone", {"where": "all"})
    nothing = dataclasses.replace(one, maps=np.full_like(one.maps, np.nan))
    (found,) = of_sampling(evidence(nothing, nothing, given=given, then=then, now=other))
    assert found == Finding("pixels-alone", {"where": "all"})
