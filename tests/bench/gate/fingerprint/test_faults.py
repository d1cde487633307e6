"""Faults put into both engines are found by the fingerprint and rightly named."""

import pytest
from augbench.bench.gate.fingerprint.comparing import compare
from augbench.bench.gate.fingerprint.stored import Entry
from augbench.bench.gate.rendering.cards import cards
from augbench.bench.gate.rendering.rendering import render
from augbench.bench.gate.rendering.subject import subject_of

from tests.bench.gate.faults import FAULTS, FORGETS_LABELS, MIXES, engine

ENGINES = ("albumentations", "keras")
CARDS = cards()


def rendered(name, **words):
    return render(subject_of(engine(name, **words), name=name), CARDS)


@pytest.fixture(scope="module", params=ENGINES)
def accepted(request):
    return request.param, Entry.of(rendered(request.param))


def test_a_policy_that_did_not_change_is_the_same(accepted):
    name, entry = accepted
    found = compare(entry, rendered(name))
    assert (found.verdict, found.findings) == ("same", ())


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_named(accepted, fault, monkeypatch):
    name, entry = accepted
    patch, kinds, figures = FAULTS[fault]
    patch(monkeypatch, name)
    found = compare(entry, rendered(name))
    assert found.verdict == "changed"
    first = found.findings[0]
    assert first.kind in kinds.split("|"), found.findings
    assert {key: first.figures[key] for key in figures} == figures


def test_images_that_are_mixed_without_their_labels_are_found(monkeypatch):
    with monkeypatch.context() as mixing:
        MIXES(mixing, "albumentations")
        entry = Entry.of(rendered("albumentations"))
    FORGETS_LABELS(monkeypatch, "albumentations")
    found = compare(entry, rendered("albumentations"))
    assert [one.kind for one in found.findings] == ["labels-not-mixed"]
