"""Does a name lead to the policy it says, and a mistake to a line that mends it?"""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from pathlib import Path

import numpy as np
import pytest
from augbench.policies import code_identity, registry
from augbench.policies.base import Batch, Policy
from augbench.policies.chain import Chain
from augbench.policies.engines import PLACES
from augbench.policies.engines.base import engine_class
from augbench.policies.expression import parse
from augbench.policies.registry import build, catalogue, identity, resolve

from augbench.errors import InputError

PLUG_IN = """
from augbench.policies.base import Batch, Policy


class Posterize(Policy):
    def __init__(self, bits: int, *, strict: bool = False) -> None:
        if bits > 8:
            raise ValueError("a byte has\\n8 bits")
        self.mask = 256 - 2 ** (8 - bits)

    def change(self, batch: Batch) -> Batch:
        return batch.replace(images=batch.images & self.mask)


class WithSpec(Policy):
    def __init__(self, spec) -> None:
        self.spec = spec


class Weights(Policy):
    file_options = ("weights",)

    def __init__(self, weights: str = "") -> None:
        pass


class Duck:
    def change(self, batch):
        return batch


finished = Posterize(bits=1)
"""


@pytest.fixture
def plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write a plug-in into the working directory; return the name of its module."""
    name = f"plug_in_{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:8]}"
    (tmp_path / f"{name}.py").write_text(PLUG_IN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return name


def test_none_changes_nothing() -> None:
    assert type(build(parse("none"))) is Policy


def test_a_class_in_the_working_directory_is_a_policy(plug_in: str) -> None:
    policy = build(parse(f"{plug_in}:Posterize(bits=1)"))
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    batch = Batch(images, np.ones((1, 1), np.float32), np.zeros(1, np.int64), 0, 0, 0)
    assert set(policy.change(batch).images.ravel().tolist()) == {0, 128}


def test_a_finished_object_is_a_policy_but_takes_no_options(plug_in: str) -> None:
    assert isinstance(build(parse(f"{plug_in}:finished")), Policy)
    with pytest.raises(InputError, match="takes no options"):
        build(parse(f"{plug_in}:finished(bits=2)"))


def test_an_albumentations_object_in_a_plug_in_is_a_policy(plug_in: str) -> None:
    Path(f"{plug_in}.py").write_text(
        "import albumentations as A\nflip = A.Compose([A.HorizontalFlip(p=1)], seed=3)\n"
    )
    images = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3), dtype=np.uint8)
    batch = Batch(images, np.ones((2, 1), np.float32), np.arange(2), 0, 0, 0)
    changed = build(parse(f"{plug_in}:flip")).change(batch)
    np.testing.assert_array_equal(changed.images, images[:, :, ::-1])


def test_a_parameter_named_spec_receives_the_runs_spec_unless_given(plug_in: str) -> None:
    from augbench.policies.spec.loading import load_spec

    assert build(parse(f"{plug_in}:WithSpec"), "flip").spec == load_spec("flip")  # type: ignore[attr-defined]
    chosen = build(parse(f"{plug_in}:WithSpec(spec='light')"), "flip")
    assert chosen.spec == load_spec("light")  # type: ignore[attr-defined]


def test_several_terms_are_a_chain() -> None:
    chain = build(parse("repeat(factor=2) + mixup"))
    assert isinstance(chain, Chain)
    assert [type(member).__name__ for member in chain.policies] == ["Repeat", "MixUp"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kears", "did you mean 'keras'"),
        ("flip", "flip is a spec, which albumentations(spec='flip') applies"),
        ("none(p=1)", "no option 'p'"),
        ("repeat(facter=3)", "did you mean 'factor'"),
        ("repeat(facter=3)", "repeat(factor=2)"),
        ("repeat(factor='3')", "factor must be a number"),
        ("{0}:Posterize", "'bits' is missing"),
        ("{0}:Posterize(bits=9)", "ValueError: a byte has 8 bits"),
        ("{0}:Posterise(bits=1)", "did you mean 'Posterize'"),
        ("{0}:Duck", "derive it from augbench.policies.base.Policy"),
        ("{0}:WithSpec(spec='fliip')", "flip"),
        ("{0}x:Duck", "No module named"),
        ("repeat + kears", "did you mean 'keras'"),
    ],
)
def test_a_mistake_is_one_line_that_mends_it(plug_in: str, text: str, words: str) -> None:
    with pytest.raises(InputError) as error:
        build(parse(text.format(plug_in)))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        (
            "keras(rotation_range=15)",
            "a word of the spec; write keras(spec={'rotation_range': 15})",
        ),
        (
            "keras(draws='native', zoom_range=0.2, spec={'shear_range': 5})",
            "write keras(draws='native', spec={'shear_range': 5, 'zoom_range': 0.2})",
        ),
    ],
)
def test_words_of_a_spec_that_are_given_as_options_are_shown_in_their_place(
    text: str, instead: str
) -> None:
    with pytest.raises(InputError) as error:
        build(parse(text))
    assert str(error.value).endswith(instead)
    build(parse(instead.partition("write ")[2]))


@pytest.mark.parametrize(
    "body", ["raise RuntimeError('two\\nlines')", "1 +", "import sys; sys.exit(3)"]
)
def test_a_plug_in_that_does_not_import_says_why_in_one_line(plug_in: str, body: str) -> None:
    Path(f"{plug_in}.py").write_text(body)
    with pytest.raises(InputError, match="cannot be imported") as error:
        build(parse(f"{plug_in}:Posterize"))
    assert "\n" not in str(error.value)


def test_an_installed_entry_point_is_found_by_its_name(
    plug_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = importlib.metadata.EntryPoint("mine", f"{plug_in}:Posterize", catalogue.ENTRY_POINTS)

    def entry_points(**wanted: str) -> list[importlib.metadata.EntryPoint]:
        return [point] if wanted.get("name", "mine") == "mine" else []

    monkeypatch.setattr(catalogue, "entry_points", entry_points)
    assert resolve("mine").__name__ == "Posterize"
    assert "mine" in registry.names()
    assert code_identity.package_digest(plug_in) in identity(parse("mine(bits=3)"))["code"][0]


def test_the_identity_ignores_labels_and_the_order_of_options() -> None:
    one = identity(parse("a=gaussian(share=0.2, factor=3)"))
    assert one == identity(parse("gaussian(factor=3, share=0.2)"))
    assert one != identity(parse("gaussian(factor=3, share=0.3)"))
    assert one != identity(parse("gaussian(factor=3, share=0.2, reseed=1)"))


def test_the_identity_follows_the_runs_spec_only_where_it_is_used(plug_in: str) -> None:
    taking, fixed = parse(f"{plug_in}:WithSpec"), parse(f"{plug_in}:WithSpec(spec='flip')")
    assert identity(taking, "flip") != identity(taking, "light")
    assert identity(fixed, "flip") == identity(fixed, "light")
    assert identity(parse("repeat"), "flip") == identity(parse("repeat"), "light")


def test_the_identity_follows_the_content_of_named_files(plug_in: str) -> None:
    expression = parse(f"{plug_in}:Weights(weights='w.bin')")
    with pytest.raises(InputError, match=r"w\.bin"):
        identity(expression)
    Path("w.bin").write_bytes(b"one")
    first = identity(expression)
    assert hashlib.sha256(hashlib.sha256(b"one").digest()).hexdigest() in str(first["files"])
    Path("w.bin").write_bytes(b"two")
    assert identity(expression) != first


def test_the_identity_follows_the_source_of_a_plug_in(plug_in: str) -> None:
    expression = parse(f"{plug_in}:Posterize(bits=1)")
    first = identity(expression)
    path = Path(f"{plug_in}.py")
    path.write_text(path.read_text() + "# only a comment\n")
    assert identity(expression) == first
    path.write_text(path.read_text() + "changed = True\n")
    assert identity(expression) != first


def test_the_source_of_a_package_is_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "some_package_of_mine"
    (package / "inner").mkdir(parents=True)
    for name in ("__init__.py", "inner/__init__.py", "inner/deep.py"):
        (package / name).write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    before = code_identity.package_digest("some_package_of_mine")
    (package / "inner" / "deep.py").write_text("x = 1")
    assert code_identity.package_digest("some_package_of_mine.inner") != before


@pytest.mark.parametrize("name", [*registry.BUILT_IN, "my_pkg.mod:MyPolicy"])
def test_every_policy_takes_reseed_without_knowing_of_it(name: str) -> None:
    plain, again = parse(name), parse(f"{name}(reseed=2)")
    assert again.terms == plain.terms
    assert (plain.reseed, again.reseed) == (0, 2)
    assert plain.canonical() != again.canonical()


def test_the_names_of_engines_are_those_of_their_table() -> None:
    for name in PLACES:
        assert resolve(name) is engine_class(name) and resolve(name).name == name  # type: ignore[attr-defined]


def test_an_option_is_known_by_the_signature(plug_in: str) -> None:
    (gaussian,) = parse("gaussian").terms
    (finished,) = parse(f"{plug_in}:finished").terms
    assert registry.takes(gaussian, "factor") and not registry.takes(gaussian, "insist")
    assert not registry.takes(finished, "bits")


def test_a_long_list_of_names_holds_every_built_in_policy() -> None:
    for name in ("none", "repeat", "gaussian", "mixup", "cutmix", "randaugment", "trivialaugment"):
        assert issubclass(resolve(name), Policy)
