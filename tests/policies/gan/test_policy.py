"""Does ``gan`` learn once, again bit for bit, resume, go back, refuse, and enlarge as it says?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.policies import artefact
from augbench.policies.base import Context
from augbench.policies.gan import Gan, pool
from augbench.policies.gan.training import class_conditional as training
from augbench.policies.gan.training import loop
from augbench.policies.gan.training.options import TrainingOptions
from augbench.policies.quality import probe_classifier
from augbench.policies.training_set import ImageStack, TrainingSet
from augbench.reports.tables.synthetic import SYNTHETIC
from sklearn.datasets import load_digits

from augbench.findings import Finding

pytestmark = pytest.mark.slow

SMALL: dict[str, Any] = {"width": 4, "steps": 24, "batch": 12, "latent": 8}


def digits(count: int = 240, classes: int = 3) -> TrainingSet:
    data = load_digits(n_class=classes)
    images = (data.images[:count] * (255 / 16)).astype(np.uint8)[..., None]
    labels = data.target[:count].astype(np.int64)
    return TrainingSet(ImageStack([(images, None)]), labels, tuple(map(str, range(classes))))


def learnt(
    cache: Path, train: TrainingSet | None = None, **options: Any
) -> tuple[TrainingSet, Context]:
    context = Context(3, cache=cache, data_key="digits")
    policy = Gan(**{**SMALL, **options})
    train = train or digits()
    policy.learn(train, context)
    return policy.enlarge(train, context), context


@pytest.fixture(scope="module", autouse=True)
def little_judged() -> Iterator[None]:
    """Classifiers that judge a pool, trained for a tenth of their steps: most time goes there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe_classifier, "probe_steps", lambda images: 20)
        yield


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the GAN of `SMALL` options, which most tests have in common."""
    cache = tmp_path_factory.mktemp("gan")
    learnt(cache)
    return cache


def never(*_: Any) -> Any:
    raise AssertionError("trained a second time")


def kept(cache: Path) -> dict[str, np.ndarray]:
    (path,) = cache.glob("gan/*.npz")
    with np.load(path) as file:
        return {name: file[name] for name in file.files if name != "meta"}


def test_a_gan_is_learnt_again_bit_for_bit_and_its_cache_gives_the_same(
    tmp_path: Path, shared: Path
) -> None:
    first, said = learnt(shared, insist=True)
    second, said_again = learnt(tmp_path, insist=True)
    for name, array in kept(shared).items():
        assert np.array_equal(array, kept(tmp_path)[name]), name
    assert np.array_equal(np.asarray(first.images), np.asarray(second.images))
    assert said.records == said_again.records and said.findings == said_again.findings
    assert list(said.records) == list(said_again.records)
    assert set(said.pictures) == set(said_again.pictures)


def test_policies_of_one_block_train_once_whatever_they_do_with_the_images(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gan, "_made", never)
    enlarged, _ = learnt(shared, insist=True, factor=3, share=0.2, mode="pretrain")
    assert (len(enlarged), enlarged.share, enlarged.mode) == (720, 0.2, "pretrain")
    policy = Gan(**SMALL)
    context = Context(3, cache=shared, data_key="digits")
    policy.learn(digits(), context)
    assert sum(context.charges) > 0
    with pytest.raises(AssertionError, match="second time"):
        learnt(shared, steps=25)


@pytest.mark.parametrize("changed", [{"seed": 4}, {"threads": 2}, {"data_key": "other"}])
def test_another_seed_threads_or_data_is_another_gan(
    shared: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any]
) -> None:
    monkeypatch.setattr(Gan, "_made", never)
    same = {"seed": 3, "cache": shared, "data_key": "digits"}
    Gan(**SMALL).learn(digits(), Context(**same))
    with pytest.raises(AssertionError, match="second time"):
        Gan(**SMALL).learn(digits(), Context(**{**same, **changed}))


class KilledError(BaseException):
    """What ends a process in the middle."""


def test_a_killed_training_goes_on_where_it_was_and_ends_with_the_same_weights(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_SECONDS", -1.0)
    steps: list[int] = []
    one_step = training.ClassConditionalLoop.advance

    def counted(self: training.ClassConditionalLoop) -> Any:
        steps.append(self.done)
        if len(steps) == 15:
            raise KilledError
        return one_step(self)

    monkeypatch.setattr(training.ClassConditionalLoop, "advance", counted)
    with pytest.raises(KilledError):
        learnt(tmp_path)
    assert not list(tmp_path.glob("gan/*.npz"))
    learnt(tmp_path)
    assert steps == [*range(15), *range(14, 24)]
    whole = kept(shared)
    for name, array in kept(tmp_path).items():
        assert np.array_equal(array, whole[name]), name
    assert not list(tmp_path.glob("gan/*.checkpoint"))


def broken_at(monkeypatch: pytest.MonkeyPatch, attempts: set[int]) -> list[int]:
    steps: list[int] = []
    one_step = training.ClassConditionalLoop.advance

    def maybe_broken(self: training.ClassConditionalLoop) -> Any:
        losses = one_step(self)
        steps.append(self.done + 1)
        broken = self.done == 9 and self.attempt in attempts
        return (np.float32("nan"), losses[1]) if broken else losses

    monkeypatch.setattr(training.ClassConditionalLoop, "advance", maybe_broken)
    return steps


def test_a_gan_that_diverges_goes_back_once_at_half_the_speed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = broken_at(monkeypatch, {0})
    said: list[str] = []
    context = Context(3, cache=tmp_path, data_key="digits", progress=said.append)
    rates: list[float] = []
    back = training.ClassConditionalLoop._roll_back

    def watched(self: training.ClassConditionalLoop, *given: Any) -> None:
        back(self, *given)
        rates.extend(float(one.learning_rate) for one in self.step.optimizers)

    monkeypatch.setattr(training.ClassConditionalLoop, "_roll_back", watched)
    Gan(**SMALL, learning_rate=1e-3).learn(digits(), context)
    assert steps == [*range(1, 11), *range(9, 25)]
    assert rates == pytest.approx([5e-4, 5e-4])
    assert any("losses are not numbers any more; back to step 8" in text for text in said)


def test_a_gan_that_diverges_twice_fails_cleanly_and_at_once_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_at(monkeypatch, {0, 1})
    with pytest.raises(loop.TrainingFailed, match="again after going back once"):
        learnt(tmp_path)
    monkeypatch.setattr(Gan, "_made", never)
    with pytest.raises(loop.TrainingFailed, match="try a lower learning_rate"):
        learnt(tmp_path)


def test_samples_that_become_all_alike_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = training.sample
    monkeypatch.setattr(training, "sample", lambda *given: real(*given) // 255)
    with pytest.raises(loop.TrainingFailed, match="all alike"):
        learnt(tmp_path)


def test_a_refused_pool_leaves_the_set_as_it_is_and_the_user_can_insist(shared: Path) -> None:
    train = digits()
    same, said = learnt(shared, train)
    assert same is train and said.records["used"] == 0
    (judged,) = said.findings
    assert judged.kind == "pool-judged" and not judged.figures["used"] and judged.figures["faults"]
    assert judged.figures["gan_test"] == said.records["gan_test"]
    more, insisted = learnt(shared, train, insist=True)
    assert more.synthetic == 240 and more.real == 240 and insisted.records["used"] == 1
    (judged,) = insisted.findings
    assert judged.figures["used"] and judged.figures["insisted"] and judged.figures["faults"]


def test_a_pool_is_as_large_as_factor_says_with_the_classes_in_proportion(tmp_path: Path) -> None:
    train = digits()
    rows = np.flatnonzero((train.labels != 1) | (np.arange(240) < 90))
    uneven = TrainingSet(train.images.repeated(rows), train.labels[rows], train.classes)
    enlarged, _ = learnt(tmp_path, uneven, insist=True, factor=2.5, share=None)
    labels = enlarged.labels[len(rows) :]
    assert len(labels) == enlarged.synthetic == round(1.5 * len(rows))
    expected = 1.5 * np.bincount(uneven.labels)
    assert np.abs(np.bincount(labels) - expected).max() <= 1
    assert (enlarged.source[len(rows) :] == -1).all() and enlarged.share is None
    assert np.array_equal(np.asarray(enlarged.images)[: len(rows)], np.asarray(uneven.images))


def test_the_first_images_of_a_pool_do_not_depend_on_its_size(shared: Path) -> None:
    small, _ = learnt(shared, insist=True, factor=1.5)
    large, _ = learnt(shared, insist=True, factor=4)
    assert np.array_equal(np.asarray(small.images), large.images[np.arange(360)])
    assert np.array_equal(small.labels, large.labels[:360])


def test_chosen_images_are_nearer_to_new_real_ones_than_those_of_the_best_snapshot_as_they_come(
    tmp_path: Path,
) -> None:
    from augbench.policies.quality.distances import kernel_distance
    from augbench.policies.quality.probe_classifier import ProbeTrainer

    enlarged, _ = learnt(tmp_path, width=8, steps=180, batch=24, insist=True)
    best = artefact.unstacked("snapshots", kept(tmp_path))[0]
    options = TrainingOptions(width=8, steps=180, batch=24, latent=8).complete((8, 8, 1))
    network = training.generator(options, (8, 8, 1), 3, 3)
    network.set_weights(best)
    noise = np.random.default_rng(0).standard_normal((240, 8), np.float32)
    labels = enlarged.labels[240:]
    plain = training.sample(network, noise, labels)
    every = digits(537)
    new = np.asarray(every.images)[240:]
    probe = ProbeTrainer((8, 8, 1), 3, 99).train(every.images[:240], every.labels[:240], 200)
    apart = {
        name: kernel_distance(probe.features(new), probe.features(images))
        for name, images in (("chosen", enlarged.images[240:480]), ("plain", plain))
    }
    assert apart["chosen"] < 0.7 * apart["plain"], apart


def test_classes_with_few_images_are_named_and_generated_only_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = digits()
    counts = {0: 60, 1: 60, 2: 15}
    rows = np.concatenate([np.flatnonzero(train.labels == k)[:n] for k, n in counts.items()])
    few = TrainingSet(train.images.repeated(rows), train.labels[rows], ("no", "one", "two"))
    _, said = learnt(tmp_path, few)
    assert said.findings[0] == Finding(
        "few-images", {"classes": {"two": 15}, "needed": 20, "generated": False}
    )
    assert set(said.records["gan_test_of"]) == {"no", "one"}
    assert said.records["precision"] is not None and said.records["coverage_floor"] is not None
    asked: list[list[int]] = []
    monkeypatch.setattr(Gan, "_made", lambda self, *_: asked.append(self._wanted) or never())
    with pytest.raises(AssertionError):
        learnt(tmp_path, few, insist=True)
    assert asked == [[0, 1, 2]]


def test_nothing_is_generated_where_every_class_has_few_images(tmp_path: Path) -> None:
    train = digits(30)
    same, said = learnt(tmp_path, train)
    assert same is train and said.records["used"] == 0
    assert [finding.kind for finding in said.findings] == ["few-images", "no-class-to-learn"]
    assert not list(tmp_path.rglob("*.npz"))


def test_the_report_gets_measures_beside_their_floors_and_sheets_of_pictures(shared: Path) -> None:
    _, said = learnt(shared)
    wanted = {column.name for column in SYNTHETIC.columns if column.recorded}
    assert wanted <= set(said.records)
    for name in ("kid", "precision", "recall", "density", "coverage", "gan_test", "authentic"):
        assert {name, f"{name}_floor"} <= set(said.records), name
    assert {"cas", "cas_real", "cas_gaussian", "copies"} <= set(said.records)
    assert said.records["steps"] == 24 and said.records["width"] == 4
    assert set(said.pictures) == {
        "sheet_closest_pairs",
        "sheet_generated_00_0",
        "sheet_generated_01_1",
        "sheet_generated_02_2",
    }
    assert all(
        picture.dtype == np.uint8 and picture.ndim == 3 for picture in said.pictures.values()
    )


def test_the_closest_pairs_stand_above_each_other() -> None:
    rng = np.random.default_rng(0)
    real = rng.integers(0, 256, (20, 8, 8, 1), np.uint8)
    made = real[5:9] ^ 1
    sheet = pool.closest_sheet(made, made.reshape(4, -1), real, real.reshape(20, -1).astype(float))
    assert sheet.shape == (17, 71, 1)
    assert (sheet[:8, :35] == sheet[9:, :35] ^ 1)[:, np.arange(35) % 9 != 8].all()


def test_a_damaged_artefact_is_made_again_and_a_whole_one_is_never_half_written(
    tmp_path: Path,
) -> None:
    path = tmp_path / "gan" / "x.npz"
    made: list[int] = []

    def make() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        made.append(1)
        return {"a": np.arange(3)}, {"b": [1.5, None]}

    assert artefact.kept(path, make)[1] == {"b": [1.5, None]}
    assert artefact.kept(path, make)[0]["a"].tolist() == [0, 1, 2] and made == [1]
    whole = path.read_bytes()
    start_of_the_directory = len(whole) - 6
    for damaged in (
        whole[:100],
        whole.replace(b"{", b"[", 1),  # zip's checksums notice
        whole[:start_of_the_directory] + b"\xff" + whole[start_of_the_directory + 1 :],
    ):
        path.write_bytes(damaged)
        made.clear()
        assert artefact.kept(path, make)[0]["a"].tolist() == [0, 1, 2] and made == [1]

    def fails() -> Any:
        raise KilledError

    other = tmp_path / "gan" / "y.npz"
    with pytest.raises(KilledError):
        artefact.kept(other, fails)
    assert artefact.load(other) is None and not list(tmp_path.rglob("*.part"))


def test_an_artefact_with_a_pickle_inside_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, meta=np.array([{"a": 1}], dtype=object))
    assert artefact.load(path) is None


@pytest.mark.parametrize(
    "options",
    [
        {"loss": "hinge"},
        {"loss": "hinge", "optimizer": "rmsprop", "learning_rate": 1e-3},
        {"loss": "non-saturating"},
        {"loss": "wasserstein-gp"},
        {"loss": "relativistic"},
        {"architecture": "stylegan"},
        {"augment": "translation,cutout"},
    ],
    ids=lambda options: "-".join(str(v) for v in options.values()),
)
def test_each_way_to_train_learns_real_images_and_lowers_the_kid_from_its_start(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    context = Context(3, cache=tmp_path, data_key="digits")
    policy = Gan(**{**SMALL, "width": 8, "steps": 180, "batch": 24, **options})
    policy.learn(digits(), context)
    (path,) = tmp_path.glob("gan/*.npz")
    found = artefact.load(path)
    assert found is not None
    history = found[1]["history"]
    assert all(np.isfinite([one["d"], one["g"], one["kid"]]).all() for one in history)
    assert min(one["kid"] for one in history) < 0.5 * history[0]["kid"]


def test_what_is_wanted_of_each_class_is_made_and_nothing_else(shared: Path) -> None:
    train = digits()
    wanted = np.array([3, 0, 40])
    context = Context(3, cache=shared, data_key="digits", wanted=wanted)
    policy = Gan(**SMALL, factor=50, insist=True)
    policy.learn(train, context)
    more = policy.enlarge(train, context)
    assert np.bincount(more.labels[240:], minlength=3).tolist() == wanted.tolist()
    plain, _ = learnt(shared, train, insist=True)
    here, there = (np.flatnonzero((s.origin == 2) & (s.labels == 2))[:40] for s in (more, plain))
    assert np.array_equal(more.images[here], plain.images[there])
    none = Gan(**SMALL, insist=True)
    nothing = Context(3, cache=shared, data_key="digits", wanted=np.zeros(3, np.int64))
    none.learn(train, nothing)
    assert none.enlarge(train, nothing) is train


def test_repeated_images_are_learnt_from_and_counted_once(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from augbench.policies.enlarge.copies import Repeat

    monkeypatch.setattr(Gan, "_made", never)
    context = Context(3, cache=shared, data_key="digits")
    repeated = Repeat(3).enlarge(digits(), context)
    policy = Gan(**SMALL, insist=True)
    policy.learn(repeated, context)
    assert len(policy.enlarge(repeated, context)) == 3 * 240 + 240
