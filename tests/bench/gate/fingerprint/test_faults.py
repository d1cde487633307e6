"""Faults put into both engines are found by the fingerprint and rightly named, in pytest too."""

from pathlib import Path

import pytest
from augbench.bench.api.pytest_plugin import AugmentationChanged
from augbench.bench.gate.rendering.subject import Subject
from augbench.reports.findings.wording import words

import augbench as package
from tests.bench.gate.faults import FAULTS, FORGETS_LABELS, MIXES, engine

ENGINES = ("albumentations", "keras")


def subject(name):
    return Subject(name, engine(name))


@pytest.fixture(scope="module", params=ENGINES)
def accepted(request, tmp_path_factory):
    """An engine's name and its fingerprint."""
    file = tmp_path_factory.mktemp("accepted") / "engine.json"
    package.accept(subject(request.param), fingerprint=file)
    return request.param, file


@pytest.fixture
def failure(augbench):
    """What the plug-in's failure found of a subject, and its text."""

    def fails(what: Subject, file: Path):
        with pytest.raises(AugmentationChanged) as failed:
            augbench.fingerprint(what, file=file)
        (one,) = failed.value.found.found.policies
        return one, " ".join(str(failed.value).split())

    return fails


def test_a_policy_that_did_not_change_is_the_same(accepted, augbench):
    name, file = accepted
    (one,) = augbench.fingerprint(subject(name), file=file).found.policies
    assert (one.verdict, one.findings) == ("same", ())


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_named(accepted, failure, fault, monkeypatch):
    name, file = accepted
    patch, kind, figures = FAULTS[fault]
    patch(monkeypatch, name)
    one, said = failure(subject(name), file)
    first = one.findings[0]
    assert first.kind == kind, one.findings
    assert {key: first.figures[key] for key in figures} == figures
    assert " ".join(words(first).split()) in said and file.with_suffix(".changed.png").exists()


def test_images_that_are_mixed_without_their_labels_are_found(tmp_path, failure, monkeypatch):
    file = tmp_path / "mixed.json"
    with monkeypatch.context() as mixing:
        MIXES(mixing, "albumentations")
        package.accept(subject("albumentations"), fingerprint=file)
    FORGETS_LABELS(monkeypatch, "albumentations")
    one, said = failure(subject("albumentations"), file)
    assert [finding.kind for finding in one.findings] == ["labels-not-mixed"]
    assert "labels stay those of the input" in said
