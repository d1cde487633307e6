"""A policy object as text makes an equal policy elsewhere, or is refused with the reason."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from augbench.policies.augment.mixing import MixUp
from augbench.policies.base import Batch, Policy
from augbench.policies.chain import Chain
from augbench.policies.engines.albumentations import AlbumentationsEngine
from augbench.policies.enlarge.copies import Repeat
from augbench.policies.expression import parse
from augbench.policies.registry import build
from augbench.policies.registry.as_text import as_text
from augbench.policies.spec.spec import AugmentationSpec

from augbench.errors import InputError

MODULE = """
from augbench.policies.base import Policy


class Posterize(Policy):
    def __init__(self, bits=4, p=0.5, **more):
        self.bits, self.p, self.more = bits, p, more


class Bare(Policy):
    pass


class Listed(Policy):
    def __init__(self, *bits):
        self.bits = bits
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    (tmp_path / "policies_as_objects.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield __import__("policies_as_objects")
    sys.modules.pop("policies_as_objects")


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (Policy(), "none"),
        (MixUp(0.25), "mixup(alpha=0.25)"),
        (Repeat(factor=3), "repeat(factor=3)"),
        (Chain([Repeat(2), MixUp()]), "repeat(factor=2) + mixup"),
        (
            AlbumentationsEngine(AugmentationSpec(zoom_range=(0.5, 1.0)), draws="native"),
            "albumentations(draws='native', spec={'zoom_range': [0.5, 1.0]})",
        ),
    ],
)
def test_built_in_policies_have_their_short_names(policy: Policy, text: str) -> None:
    assert as_text(policy) == text
    assert parse(text).canonical() == text


def test_the_text_makes_a_policy_that_does_the_same() -> None:
    policy = AlbumentationsEngine(AugmentationSpec(rotation_range=30))
    images = np.random.default_rng(0).integers(0, 256, (4, 12, 12, 3), np.uint8)
    batch = Batch(images, np.eye(4, dtype=np.float32), np.arange(4), 0, 0, 0)
    again = build(parse(as_text(policy)), "tutorial")
    np.testing.assert_array_equal(policy.change(batch).images, again.change(batch).images)


def test_a_class_of_the_user_is_named_with_its_module(module: object) -> None:
    made = module.Posterize(3, extra="x")  # type: ignore[attr-defined]
    assert as_text(made) == "policies_as_objects:Posterize(bits=3, extra='x')"
    again = build(parse(as_text(made)))
    assert (again.bits, again.p, again.more) == (3, 0.5, {"extra": "x"})  # type: ignore[attr-defined]
    assert as_text(module.Bare()) == "policies_as_objects:Bare"  # type: ignore[attr-defined]


def test_what_no_worker_can_make_again_is_refused_with_the_reason(module: object) -> None:
    class Local(Policy):
        pass

    with pytest.raises(InputError, match="defined inside a function; write it at the top"):
        as_text(Local())
    Local.__module__, Local.__qualname__ = "__main__", "Local"
    with pytest.raises(InputError, match="in the script or notebook itself"):
        as_text(Local())
    with pytest.raises(InputError, match="arguments without names"):
        as_text(module.Listed(1, 2))  # type: ignore[attr-defined]
    with pytest.raises(InputError, match=r"option p is array\(.*literal") as error:
        as_text(module.Posterize(p=np.zeros((99, 99))))  # type: ignore[attr-defined]
    assert len(str(error.value)) < 250


def test_a_policy_without_options_takes_none(module: object) -> None:
    with pytest.raises(TypeError, match=r"Bare\(\) takes no arguments"):
        module.Bare(bits=3)  # type: ignore[attr-defined]
