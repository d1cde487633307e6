"""Is exported code right to the letter: valid, formatted, and honest about what it cannot say?"""

from __future__ import annotations

import ast
import operator
import subprocess
import sys
from typing import Any

import pytest
from augbench.policies.export import TARGETS, export_code, plan_of
from augbench.policies.expression import parse
from augbench.policies.registry.catalogue import BUILT_IN
from augbench.policies.spec.presets import PRESETS

from augbench.errors import InputError

EVERYTHING: dict[str, Any] = {
    "rotation_range": 400,
    "width_shift_range": [-3, 0.5, 2],
    "height_shift_range": 3,
    "shear_range": 60,
    "zoom_range": [0.5, 3],
    "channel_shift_range": 20,
    "brightness_range": [0.5, 4],
    "fill_mode": "wrap",
    "interpolation_order": 3,
    "horizontal_flip": True,
    "vertical_flip": True,
    "zca_whitening": True,
    "samplewise_center": True,
}


def call_of(code: str, name: str) -> dict[str, str]:
    """Return the arguments of the first call of ``name``, as Python."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
            return {word.arg or "": ast.unparse(word.value) for word in node.keywords}
    raise AssertionError(f"no call of {name} in:\n{code}")


def value_of(node: ast.expr, sides: dict[str, int]) -> float:
    """Return what numbers and sides come to that are multiplied and divided."""
    if isinstance(node, ast.BinOp):
        does = {ast.Mult: operator.mul, ast.Div: operator.truediv}[type(node.op)]
        return does(value_of(node.left, sides), value_of(node.right, sides))
    return sides[node.id] if isinstance(node, ast.Name) else ast.literal_eval(node)


def comments_of(code: str) -> str:
    lines = [line.strip() for line in code.splitlines()]
    return " ".join(line.removeprefix("# ") for line in lines if line.startswith("#"))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("spec", [*PRESETS, EVERYTHING], ids=str)
def test_every_spec_becomes_python_without_augbench(target: str, spec: Any) -> None:
    code = export_code(plan_of(spec=spec), target)
    imported = {
        alias.name.partition(".")[0]
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert "keras" in imported and "augbench" not in imported
    assert max(map(len, code.splitlines())) <= 100
    assert code.endswith("\n") and "\n\n\n\n" not in code


def test_text_alone_is_made_and_no_library_imported() -> None:
    code = (
        "import sys\n"
        "from augbench.policies.export import TARGETS, export_code, plan_of\n"
        "for target in TARGETS: export_code(plan_of(spec='photos'), target)\n"
        "print([n for n in ('tensorflow', 'keras', 'albumentations') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "size", "columns", "rows"),
    [
        ({"width_shift_range": 0.25}, (64, 64), 16.0, None),
        ({"width_shift_range": 0.25, "height_shift_range": 0.5}, (40, 60), 15.0, 20.0),
        ({"width_shift_range": 0.9}, (20, 60), 54.0, None),
        ({"width_shift_range": 5.0, "height_shift_range": 2.0}, (20, 60), 5.0, 2.0),
        ({"quirks": "keras", "width_shift_range": 0.25}, (40, 60), None, 15.0),
    ],
)
def test_shifts_of_image_data_generator_move_what_the_spec_says(
    words: dict[str, Any], size: tuple[int, int], columns: float | None, rows: float | None
) -> None:
    """Keras moves columns by height_shift_range, in shares of the height, and rows likewise."""
    given = call_of(
        export_code(plan_of(spec=words, image_size=size), "keras"), "ImageDataGenerator"
    )
    sides = {"HEIGHT": size[0], "WIDTH": size[1]}
    for word, side, wanted in (
        ("height_shift_range", size[0], columns),
        ("width_shift_range", size[1], rows),
    ):
        if words.get("quirks") == "keras":
            wanted, side = {"height_shift_range": None, "width_shift_range": rows}[word], size[1]
        if wanted is None:
            assert word not in given
        else:
            value = value_of(ast.parse(given[word], mode="eval").body, sides)
            assert (value * side if value < 1 else value) == pytest.approx(wanted)


def test_what_cannot_be_said_is_named_with_the_nearest() -> None:
    layers = comments_of(export_code(plan_of(spec=EVERYTHING), "keras-layers"))
    for words in ("shear_range=60", "rotation_range=400", "interpolation_order=3", "multiplies"):
        assert words in layers
    assert "zca_whitening" in layers
    stock = comments_of(export_code(plan_of(spec=EVERYTHING), "albumentations"))
    for words in ("zca_whitening", "is a choice of values", "another order", "darkest"):
        assert words in stock
    idg = comments_of(export_code(plan_of(spec="tutorial"), "keras"))
    assert "off their centre" in idg and "11 degrees would be 0.2 radians" in idg


@pytest.mark.parametrize("target", TARGETS)
def test_enlarging_terms_are_a_command_beforehand(target: str) -> None:
    policy = parse("a=expand(factor=3) + keras(spec='flip') + gan(steps=9) + mixup")
    code = export_code(plan_of(policy), target)
    assert "augbench.expand('expand(factor=3) + gan(steps=9)'" in comments_of(code)
    assert call_of(code, "layers.MixUp") == {"alpha": "0.2"}


@pytest.mark.parametrize("target", TARGETS)
def test_every_policy_that_changes_batches_without_a_spec_is_said(target: str) -> None:
    there = [name for name, place in BUILT_IN.items() if ".augment." in place]
    assert len(there) >= 8
    for name in there:
        code = export_code(plan_of(parse(name)), target)
        assert "not said here" not in code, name
        assert code != export_code(plan_of(parse("none")), target), name


@pytest.mark.parametrize("target", TARGETS)
def test_policies_of_ones_own_are_named(target: str) -> None:
    code = export_code(plan_of(parse("keras + my_pkg.mod:Posterize(bits=3)")), target)
    assert "my_pkg.mod:Posterize(bits=3)" in comments_of(code)


def test_a_pipeline_of_albumentations_is_loaded_there_and_named_elsewhere() -> None:
    policy = parse("albumentations(pipeline='mine.json')")
    assert 'A.load("mine.json", data_format="json")' in export_code(
        plan_of(policy), "albumentations"
    )
    assert "mine.json" in comments_of(export_code(plan_of(policy), "keras"))


def test_the_specs_of_all_engines_of_a_chain_are_said_in_order() -> None:
    policy = parse("keras(spec='flip') + albumentations(spec={'rotation_range': 9})")
    code = export_code(plan_of(policy), "keras-layers")
    assert code.index("layers.RandomFlip") < code.index("layers.RandomRotation")
    assert "rotation_range=9" in comments_of(export_code(plan_of(policy), "keras"))


def test_the_terms_spec_augments_and_the_runs_spec_standardizes() -> None:
    policy = parse("keras(spec={'rotation_range': 9, 'rescale': 0.5})")
    given = call_of(export_code(plan_of(policy, {"rescale": 0.25}), "keras"), "ImageDataGenerator")
    assert (given["rotation_range"], given["rescale"]) == ("9", "0.25")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: export_code(plan_of(spec="flip"), "kears"), "did you mean 'keras'"),
        (lambda: plan_of(spec="flop"), "did you mean 'flip'"),
        (lambda: plan_of(parse("mixup(alfa=1)")), "did you mean 'alpha'"),
        (lambda: plan_of(parse("mixupp")), "did you mean 'mixup'"),
    ],
)
def test_mistakes_are_named(make: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make()
