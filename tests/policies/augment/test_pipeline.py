"""Is any Albumentations pipeline a policy, with independent and reproducible draws?"""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import albumentations as A
import numpy as np
import pytest
import yaml
from augbench.policies.augment.pipeline import AlbumentationsPipeline
from augbench.policies.base import Batch

from augbench.errors import AugbenchWarning, InputError

FLIPS = [A.HorizontalFlip(p=0.5), A.VerticalFlip(p=0.5)]


def batch_of(images: np.ndarray, step: int = 0) -> Batch:
    count = len(images)
    return Batch(images, np.ones((count, 1), np.float32), np.arange(count), 2, 0, step)


def noise(count: int = 8, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 10, 12, channels), dtype=np.uint8)


def written(path: Path, transform: Any) -> str:
    described = A.to_dict(transform)
    text = json.dumps(described) if path.suffix == ".json" else yaml.safe_dump(described)
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    "compose",
    [
        A.Compose([A.HorizontalFlip(), A.Affine(rotate=(-30, 30), p=0.7), A.GaussNoise(p=0.5)]),
        A.Compose([A.OneOf([A.VerticalFlip(p=1), A.Transpose(p=0)]), A.Compose(FLIPS, p=0.5)]),
        A.Compose(FLIPS, p=0.5),
        A.Compose([]),
        A.Compose(FLIPS, bbox_params=A.BboxParams("yolo", label_fields=[])),
        A.ReplayCompose([A.HorizontalFlip(), A.VerticalFlip()]),  # it changes what it is given
    ],
    ids=["flat", "nested", "sometimes", "empty", "boxes", "replay"],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_pipeline_does_what_it_does_where_people_call_it(compose: Any, channels: int) -> None:
    images, same = noise(channels=channels), copy.deepcopy(compose)
    changed = AlbumentationsPipeline.of(compose).change(batch_of(images))
    rng = batch_of(images).rng
    same.set_random_state(rng, random.Random(int(rng.integers(2**63))))
    wanted = [same(image=image)["image"].reshape(image.shape) for image in images]
    np.testing.assert_array_equal(changed.images, wanted)


@pytest.mark.parametrize("suffix", [".json", ".yaml", ".yml"])
def test_a_file_as_albumentations_writes_it_is_a_policy(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path / f"p{suffix}", A.Compose([A.HorizontalFlip(p=1), A.InvertImg(p=1)]))
    policy = AlbumentationsPipeline(path)
    policy.check((10, 12, 3), 2)
    np.testing.assert_array_equal(
        policy.change(batch_of(noise())).images, 255 - noise()[:, :, ::-1]
    )


@pytest.mark.parametrize(
    "transform",
    [
        A.RandomRotate90(p=0.001),
        A.OneOf([A.HorizontalFlip(p=1), A.OneOf([A.RandomRotate90(p=0.2)], p=0.01)], p=0.1),
        A.SomeOf([A.NoOp(p=1), A.NoOp(p=1), A.Transpose(p=0.001)], n=1, p=0.01),
        A.OneOrOther(A.NoOp(), A.Transpose(), p=0.999),
        A.Sequential([A.Sequential([A.ToFloat(p=0.004)], p=0.5)], p=0.5),
        A.Compose([A.Resize(20, 20, p=1), A.Resize(10, 12, p=0.999)]),  # left out, it is 20×20
        A.RandomOrder([A.NoOp(p=1), A.NoOp(p=1), A.CenterCrop(9, 9, p=0.001)], n=2, p=1),
        A.Compose([A.Sequential([A.Resize(7, 7, p=1)], p=0.004), A.HorizontalFlip(p=0.5)]),
    ],
    ids=lambda transform: type(transform).__name__,
)
def test_a_branch_that_is_hardly_ever_taken_is_tried(transform: Any) -> None:
    policy = AlbumentationsPipeline.of(transform)
    policy.change(batch_of(noise(20)))  # chance would not have found it
    with pytest.raises(InputError, match="does that; leave"):
        policy.check((10, 12, 3), 2)


def test_a_transform_that_raises_is_named() -> None:
    policy = AlbumentationsPipeline.of(A.OneOf([A.NoOp(p=1), A.RandomCrop(64, 64, p=0.001)]))
    with pytest.raises(InputError, match="RandomCrop does that"):
        policy.check((10, 12, 3), 2)


def test_what_goes_there_and_back_is_no_fault() -> None:
    there = A.Compose([A.RandomCrop(5, 5, p=1), A.Resize(10, 12, p=1), A.RandomRotate90(p=0)])
    back = A.Compose([A.ToFloat(p=1), A.FromFloat(dtype="uint8", p=1)])
    either = A.Compose([A.OneOf([there, back], p=0.01), A.ReplayCompose([A.HorizontalFlip()])])
    AlbumentationsPipeline.of(either).check((10, 12, 3), 2)


def test_what_the_library_warns_of_is_said_once_and_as_a_note() -> None:
    policy = AlbumentationsPipeline.of(A.HueSaturationValue(p=0.5))
    with pytest.warns(AugbenchWarning, match="not applicable to grayscale") as caught:
        policy.check((10, 12, 1), 2)
    assert len(caught) == 1


def test_children_draw_independently_even_where_the_pipeline_has_a_seed() -> None:
    policy = AlbumentationsPipeline.of(A.Compose(FLIPS, seed=7))
    image = np.arange(4, dtype=np.uint8).reshape(1, 2, 2, 1)
    states = {0: 0, 1: 0, 2: 0, 3: 0}
    for changed in policy.change(batch_of(np.repeat(image, 800, axis=0))).images:
        states[int(changed[0, 0, 0])] += 1
    assert min(states.values()) > 150  # 200 expected of each of the four pictures


def test_the_same_batch_is_changed_the_same_way_whatever_came_before() -> None:
    transform = A.Compose([*FLIPS, A.Affine(rotate=(-30, 30), p=1), A.GaussNoise(p=1)])
    one, two = AlbumentationsPipeline.of(transform), AlbumentationsPipeline.of(transform)
    two.change(batch_of(noise(), step=5))
    first = one.change(batch_of(noise(), step=1)).images
    np.testing.assert_array_equal(first, two.change(batch_of(noise(), step=1)).images)
    assert (first != one.change(batch_of(noise(), step=2)).images).any()


def test_the_users_object_is_not_changed() -> None:
    transform = A.Compose(FLIPS, seed=1)
    before = transform.random_generator.bit_generator.state
    AlbumentationsPipeline.of(transform).change(batch_of(noise()))
    assert transform.random_generator.bit_generator.state == before


def test_a_single_transform_and_grey_images_work() -> None:
    policy = AlbumentationsPipeline.of(A.VerticalFlip(p=1))
    grey = noise(channels=1)
    np.testing.assert_array_equal(policy.change(batch_of(grey)).images, grey[:, ::-1])


@pytest.mark.parametrize(
    ("transform", "words"),
    [
        (A.Resize(5, 5), "--image-size 5"),
        (A.RandomRotate90(p=1), "12×10"),
        (A.Normalize(), "uint8"),
        (A.CenterCrop(90, 90), "10×12"),
        (A.OneOf([A.NoOp(p=1), A.Resize(5, 5)], p=1), "5×5"),
    ],
)
def test_what_changes_shape_or_dtype_is_refused_before_training(transform: Any, words: str) -> None:
    policy = AlbumentationsPipeline.of(A.Compose([transform]))
    with pytest.raises(InputError, match=words):
        policy.check((10, 12, 3), 2)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.json", "{", "a.json"),
        ("a.yaml", "a: [", "a.yaml"),
        ("a.yaml", "!!python/object/apply:os.system ['touch hacked']", "python/object"),
        ("a.json", "[]", "A.to_dict"),
        ("a.json", '{"transform": {"p": 1}}', "__class_fullname__"),
        ("a.json", '{"transform": {"__class_fullname__": "os.system"}}', "no transform"),
        ("a.json", '{"transform": {"__class_fullname__": "HorizontalFlop"}}', "HorizontalFlip"),
        (
            "a.json",
            '{"transform": {"__class_fullname__": "Lambda", "__name__": "x"}}',
            "Lambda|name",
        ),
        ("a.txt", "{}", ".json or .yaml"),
    ],
)
def test_a_file_that_is_no_pipeline_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text)
    with pytest.raises(InputError, match=words) as error:
        AlbumentationsPipeline(name)
    assert "\n" not in str(error.value)
    assert not Path("hacked").exists()


def test_an_absent_file_is_refused() -> None:
    with pytest.raises(InputError, match="No such file"):
        AlbumentationsPipeline("nowhere.json")


def test_a_word_that_albumentations_would_ignore_is_refused(tmp_path: Path) -> None:
    path = Path(written(tmp_path / "a.json", A.Compose([A.HorizontalFlip(p=1)])))
    path.write_text(path.read_text().replace('Flip",', 'Flip", "angle": 3,'))
    with pytest.raises(InputError, match=r"a\.json: HorizontalFlip.*'angle'; it takes p"):
        AlbumentationsPipeline(str(path))


def test_the_description_names_what_was_drawn() -> None:
    policy = AlbumentationsPipeline.of(A.Compose([A.HorizontalFlip(p=0.5)]))
    batch = batch_of(noise(40))
    said = policy.describe(batch)
    changed = (policy.change(batch).images != batch.images).any(axis=(1, 2, 3))
    assert [("HorizontalFlip" in line) for line in said] == changed.tolist()


def test_the_registry_routes_the_option_pipeline_here(tmp_path: Path) -> None:
    from augbench.policies.expression import parse
    from augbench.policies.registry import build, identity

    path = written(tmp_path / "p.json", A.Compose([A.HorizontalFlip(p=1)]))
    expression = parse(f"albumentations(pipeline={path!r})")
    assert isinstance(build(expression, "light"), AlbumentationsPipeline)
    before = identity(expression)
    written(Path(path), A.Compose([A.HorizontalFlip(p=0.5)]))
    assert identity(expression) != before
