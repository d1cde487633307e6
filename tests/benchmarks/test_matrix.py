"""Does the matrix of releases tell what a release does otherwise, and nothing where none does?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import matrix_policies
from benchmarks.matrix import FOUND, Line, Unusable, environment, lines, looked, table

LOOKED_AT = ("albumentations (tutorial)", "A.HorizontalFlip", "mixup")
#: a release in which borders are black
BLACK_BORDERS = """
import cv2
laid_out = cv2.copyMakeBorder
def black(image, top, bottom, left, right, border, *more):
    return laid_out(image, top, bottom, left, right, cv2.BORDER_CONSTANT, *more)
cv2.copyMakeBorder = black
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """What this environment makes."""
    folder = tmp_path_factory.mktemp("here")
    return folder, looked(sys.executable, folder, None, LOOKED_AT)


def in_front(python: Path) -> Path:
    """Return the folder from which an environment imports first."""
    (found,) = python.parents[1].glob("**/site-packages")
    return found


@pytest.mark.slow
def test_an_environment_with_nothing_in_front_does_the_same(
    here: tuple[Path, Any], tmp_path: Path
) -> None:
    folder, before = here
    found = looked(environment(tmp_path / "env", ()), tmp_path / "found", folder, LOOKED_AT)
    assert found["software"] == before["software"]
    assert {one["policy"]: one["verdict"] for one in found["policies"]} == dict.fromkeys(
        ("albumentations (tutorial)", "mixup", "A.HorizontalFlip"), "same"
    )
    (line,) = lines("x 1 → 2", found, before)
    assert line == Line("x 1 → 2", "3 policies the same, bit for bit")


@pytest.mark.slow
def test_a_border_that_a_release_changes_is_named_and_shown(
    here: tuple[Path, Any], tmp_path: Path
) -> None:
    folder, before = here
    python = environment(tmp_path / "env", ())
    (in_front(python) / "sitecustomize.py").write_text(BLACK_BORDERS)
    found = looked(python, tmp_path / "found", folder, LOOKED_AT)
    changed, rest = lines("x 1 → 2", found, before)
    assert changed.policies == "albumentations (tutorial)"
    assert "fill mode nearest → grid-constant 0" in changed.changed
    assert int(changed.largest) > 100
    assert rest.changed == "2 policies the same, bit for bit"
    (one,) = [one for one in found["policies"] if one["verdict"] == "changed"]
    assert (tmp_path / "found" / one["picture"]).read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_policy_that_a_release_cannot_run_fails_alone(
    here: tuple[Path, Any], tmp_path: Path
) -> None:
    folder, before = here
    python = environment(tmp_path / "env", ())
    (in_front(python) / "albumentations.py").write_text("raise ImportError('it wants libGL')\n")
    found = looked(python, tmp_path / "found", folder, LOOKED_AT)
    failed = [line for line in lines("x 1 → 2", found, before) if "fails" in line.changed]
    assert [(line.changed, line.policies) for line in failed] == [
        ("fails: ImportError: it wants libGL", "A.HorizontalFlip")
    ]


def test_the_same_line_of_python_with_another_meaning_has_other_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    then, now = tmp_path / "then", tmp_path / "now"
    matrix_policies.look(then, only=("A.HorizontalFlip",))
    monkeypatch.setitem(matrix_policies.TRANSFORMS, "HorizontalFlip", {"p": 0.3})
    matrix_policies.look(now, then, only=("A.HorizontalFlip",))
    (line,) = lines("x 1 → 2", json.loads((now / FOUND).read_text()))
    assert line.changed.startswith("other defaults: HorizontalFlip.p: 0.5 → 0.3; ")


def test_an_environment_that_cannot_start_says_why_in_a_line(tmp_path: Path) -> None:
    python = environment(tmp_path / "env", ())
    (in_front(python) / "numpy.py").write_text("raise ImportError('built for another Python')\n")
    with pytest.raises(Unusable, match="ImportError: built for another Python") as error:
        looked(python, tmp_path / "found", None, LOOKED_AT)
    assert "\n" not in str(error.value)


def test_policies_of_which_the_same_is_said_share_a_line() -> None:
    def one(policy: str, verdict: str, **more: Any) -> dict[str, Any]:
        plain = {"said": [], "kinds": [], "pixels_differ": 0.0, "largest": 0}
        return {"policy": policy, "verdict": verdict, **plain, **more}

    other = {"kinds": ["border"], "largest": 9}
    found = {
        "software": {"numpy": "2", "scipy": "2"},
        "policies": [
            one("a", "changed", said=["border 1 %"], pixels_differ=0.01, **other),
            one("b", "changed", said=["border 30 %"], pixels_differ=0.3, **other),
            one("c", "fails", said=["no such layer"]),
            one("d", "rounding", pixels_differ=0.004, largest=1),
            one("e", "same"),
        ],
    }
    before = {"software": {"numpy": "1", "scipy": "1"}, "policies": []}
    assert table(lines("numpy 1 → 2", found, before)).splitlines() == [
        "| release | what changed | policies | pixels | largest |",
        "| --- | --- | --- | --- | --- |",
        "| numpy 1 → 2 | border 30 % | a, b | 1 % to 30 % | 9 |",
        "| numpy 1 → 2 | fails: no such layer | c |  |  |",
        "| numpy 1 → 2 | 1 policy the same, bit for bit, 1 but for rounding (up to 0.4 % of pixels)"
        "; with it scipy 1 → 2 |  |  |  |",
    ]
