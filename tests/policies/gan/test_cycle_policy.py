"""Does ``cyclegan`` make one class from another, so that a classifier sees the other class?"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.bench.data.sources.pixels import decode
from augbench.policies.base import Context
from augbench.policies.expression import parse
from augbench.policies.gan import CycleGan
from augbench.policies.gan.training import losses
from augbench.policies.registry import build, identity
from augbench.policies.training_set import ImageStack, TrainingSet
from PIL import Image

from augbench.errors import InputError

pytestmark = pytest.mark.slow

SMALL: dict[str, Any] = {"width": 8, "steps": 110, "batch": 16, "target": "T-shirt/top"}
CLASSES = ("T-shirt/top", "Trouser", "Sandal")


@pytest.fixture(scope="module")
def clothes(fashion_mnist: Path) -> TrainingSet:
    """100 images of 14×14 of each of three classes of Fashion-MNIST, in the order of the file."""
    wanted = {0: 0, 1: 1, 5: 2}
    with gzip.open(fashion_mnist / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)[:4000]
    with gzip.open(fashion_mnist / "train-images-idx3-ubyte.gz") as file:
        file.read(16)
        images = np.frombuffer(file.read(4000 * 784), np.uint8).reshape(-1, 28, 28, 1)
    rows = np.sort(np.concatenate([np.flatnonzero(labels == k)[:100] for k in wanted]))
    numbers = np.array([wanted[k] for k in labels[rows]])
    small = np.ascontiguousarray(images[rows][:, ::2, ::2])
    return TrainingSet(ImageStack([(small, None)]), numbers, CLASSES)


@pytest.fixture(scope="module")
def learnt(
    clothes: TrainingSet, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, CycleGan, Context]:
    cache = tmp_path_factory.mktemp("cyclegan")
    context = Context(0, cache=cache, data_key="clothes")
    policy = CycleGan(source="Trouser", **SMALL)
    policy.learn(clothes, context)
    return cache, policy, context


def test_trousers_become_shirts_as_a_classifier_sees_them(
    clothes: TrainingSet, learnt: tuple[Path, CycleGan, Context]
) -> None:
    _, policy, context = learnt
    found = context.records
    assert found["gan_test_before"] < 0.1 and found["gan_test"] > 0.6
    assert found["copies"] == 0.0
    assert [finding.kind for finding in context.findings] == ["pool-judged"]
    judged = context.findings[0].figures
    assert judged["used"] and not judged["faults"] and judged["control"] == "unknown"
    assert judged["gan_test_before"] == found["gan_test_before"]
    enlarged = policy.enlarge(clothes, context)
    assert enlarged.synthetic == 100 and (enlarged.labels[300:] == 0).all()
    assert enlarged.share is None and (enlarged.source[300:] == -1).all()
    assert {"sheet_closest_pairs", "sheet_translated_from"} < set(context.pictures)


def test_the_kid_falls_from_its_start_without_nan(
    learnt: tuple[Path, CycleGan, Context],
) -> None:
    from augbench.policies import artefact

    path = next(learnt[0].glob("gan/*.npz"))
    found = artefact.load(path)
    assert found is not None
    history = found[1]["history"]
    assert all(np.isfinite([one["d"], one["g"], one["kid"]]).all() for one in history)
    assert min(one["kid"] for one in history) < 0.3 * history[0]["kid"]


def test_it_is_trained_once_and_gives_the_same_images_from_the_cache(
    clothes: TrainingSet,
    learnt: tuple[Path, CycleGan, Context],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache, policy, context = learnt
    monkeypatch.setattr(CycleGan, "_made", lambda *_: pytest.fail("trained a second time"))
    again, said = CycleGan(source="Trouser", **SMALL), Context(0, cache=cache, data_key="clothes")
    again.learn(clothes, said)
    assert said.records == context.records and said.findings == context.findings
    assert np.array_equal(
        np.asarray(again.enlarge(clothes, said).images),
        np.asarray(policy.enlarge(clothes, context).images),
    )
    assert sum(said.charges) > 0 and not sum(context.charges)


def test_it_is_learnt_again_bit_for_bit_from_a_folder_of_the_same_images(
    clothes: TrainingSet, learnt: tuple[Path, CycleGan, Context], tmp_path: Path
) -> None:
    rows = np.flatnonzero(clothes.labels == 1)
    for number, image in enumerate(clothes.images[rows]):
        Image.fromarray(image[..., 0]).save(tmp_path / f"{number:03d}.png")
    policy = CycleGan(folder=str(tmp_path), **SMALL)
    policy.check((14, 14, 1), 3)
    context = Context(0, cache=learnt[0], data_key="clothes", decode=decode)
    policy.learn(clothes, context)
    assert len(list((learnt[0] / "gan").glob("cycle-*.npz"))) == 2
    expected = learnt[1].enlarge(clothes, learnt[2])
    assert np.array_equal(
        np.asarray(policy.enlarge(clothes, context).images), np.asarray(expected.images)
    )


def test_a_class_with_few_images_is_refused_unless_the_user_insists(
    clothes: TrainingSet, tmp_path: Path
) -> None:
    rows = np.flatnonzero((clothes.labels != 1) | (np.cumsum(clothes.labels == 1) <= 12))
    few = TrainingSet(clothes.images.repeated(rows), clothes.labels[rows], CLASSES)
    context = Context(0, cache=tmp_path)
    policy = CycleGan(source="Trouser", **SMALL)
    policy.learn(few, context)
    assert policy.enlarge(few, context) is few
    assert context.findings[0].figures["classes"] == {"Trouser": 12}
    assert [finding.kind for finding in context.findings] == ["few-images", "no-class-to-learn"]
    assert context.records["used"] == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "one of them"),
        ({"source": "a", "folder": "b"}, "one of them"),
        ({"source": "T-shirt/top"}, "are both"),
        ({"source": "Trouser", "share": 0.9}, "at most 0.5"),
        ({"source": "Trouser", "width": 1}, "4 to 256"),
        ({"source": "Trouser", "steps": 0}, "1 to 10,000,000"),
        ({"source": 3}, "source must be a text in quotes, or None, not 3"),
    ],
)
def test_an_impossible_option_is_an_error(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        CycleGan(**{"target": "T-shirt/top", **options})


def test_an_unknown_class_or_an_empty_folder_is_an_error_that_helps(
    clothes: TrainingSet, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="did you mean 'Trouser'"):
        CycleGan(source="Trousers", target="Sandal").check_classes(CLASSES)
    with pytest.raises(InputError, match="holds no images"):
        CycleGan(folder=str(tmp_path), target="Sandal").check((14, 14, 1), 3)
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "broken.png").write_bytes(b"no image")
    with pytest.raises(InputError, match=r"broken\.png alone"):
        CycleGan(folder=str(tmp_path), target="Sandal").check((14, 14, 1), 3)
    with pytest.raises(InputError, match="cannot be read as an image: not a JPEG"):
        CycleGan(folder=str(tmp_path), target="Sandal", insist=True).learn(
            clothes, Context(0, cache=tmp_path, decode=decode)
        )


def test_a_class_of_one_image_cannot_be_translated_even_on_request(
    clothes: TrainingSet, tmp_path: Path
) -> None:
    rows = np.flatnonzero((clothes.labels != 1) | (np.cumsum(clothes.labels == 1) == 1))
    one = TrainingSet(clothes.images.repeated(rows[:150]), clothes.labels[rows[:150]], CLASSES)
    with pytest.raises(InputError, match="fewer than two"):
        CycleGan(source="Trouser", insist=True, **SMALL).learn(one, Context(0, cache=tmp_path))


def test_the_content_of_the_folder_belongs_to_the_identity_of_a_trial(tmp_path: Path) -> None:
    text = parse(f"cyclegan(target='a', folder={str(tmp_path)!r})")
    assert isinstance(build(text), CycleGan)
    (tmp_path / "a.png").write_bytes(b"1")
    before = identity(text)
    (tmp_path / "a.png").write_bytes(b"2")
    assert identity(text) != before


def test_its_losses_have_their_closed_forms() -> None:
    half, rng = np.full(5, 0.5, np.float32), np.random.default_rng(0)
    assert float(losses.least_squares_discriminator(half, half)) == pytest.approx(0.25)
    assert float(losses.least_squares_generator(half, half)) == pytest.approx(0.125)
    real, fake = rng.normal(size=(2, 9)).astype(np.float32)
    expected = 0.5 * np.mean((real - 1) ** 2) + 0.5 * np.mean(fake**2)
    assert float(losses.least_squares_discriminator(real, fake)) == pytest.approx(expected)
    assert float(losses.absolute_difference(real, real)) == 0.0
    assert float(losses.absolute_difference(real, real + 2)) == pytest.approx(2.0)
