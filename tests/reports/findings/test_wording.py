"""Do findings become words in one place, whatever wrote them?"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from augbench.reports.findings.wording import Remark, remarks, words

from augbench.findings import Finding

POOL: dict[str, Any] = {
    "used": True,
    "insisted": False,
    "faults": [],
    "gan_test": 0.912,
    "gan_test_floor": 0.97,
    "cas": 0.8,
    "cas_real": 0.9,
    "cas_gaussian": 0.75,
    "control": "level",
    "copies": 0.0,
}
MEASURES = (
    "labels right in 91% (held-out real images 97%), CAS 80% (real 90%, Gaussian 75%: not told "
    "from the Gaussian control), no copies"
)


def pool(**figures: Any) -> str:
    return words(Finding("pool-judged", {**POOL, **figures}))


def test_a_good_pool_is_worth_using() -> None:
    told = MEASURES.replace("not told from the Gaussian", "beats the Gaussian")
    assert pool(control="better") == f"generated images: the pool is worth using: {told}"


@pytest.mark.parametrize("control", ["level", "worse"])
def test_a_pool_that_a_free_control_equals_is_not_worth_using(control: str) -> None:
    text = pool(control=control)
    assert text.startswith(
        "generated images: no better than the Gaussian control, which is free: labels right in 91%"
    )
    assert "worth using" not in text


@pytest.mark.parametrize(
    ("above", "control", "end"),
    [
        (3, "better", "it beats the control"),
        (0, "level", "it is no better than the control, which is free"),
        (0, "worse", "it is no better than the control, which is free"),
        (2, "level", "it is not told from the control, which is free"),
    ],
)
def test_seeds_together_say_whether_the_free_control_is_beaten(
    above: int, control: str, end: str
) -> None:
    figures = {"above": above, "seeds": 3, "control": control}
    assert words(Finding("compared-with-control", figures)).endswith(f"seeds: {end}")


def test_a_translation_has_no_classifier_of_its_own_and_a_figure_from_before() -> None:
    of_translation = {name: None for name in ("cas", "cas_real", "cas_gaussian")}
    text = pool(**of_translation, control="unknown", gan_test_floor=None, gan_test_before=0.1)
    assert text == (
        "generated images: the pool is worth using: labels right in 91%, no copies, before the "
        "translation in 10%"
    )


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (
            {"fault": "labels-wrong", "gan_test": 0.48, "least": 0.6},
            "labels right in 48% only, less than 60%",
        ),
        (
            {"fault": "cas-under-half", "cas": 0.3, "cas_real": 0.9},
            "a classifier that learnt from it alone is right in 30%, less than half of the 90% "
            "after real images",
        ),
        (
            {"fault": "cas-under-control", "cas": 0.5, "cas_gaussian": 0.75},
            "a classifier that learnt from it alone is right in 50%, clearly less than the 75% "
            "after the Gaussian control's images",
        ),
        ({"fault": "copies", "copies": 0.31}, "31% of it are copies of training images"),
        (
            {"fault": "collapsed", "measure": "deviation", "value": 1.234, "real": 50.0},
            "its images of a class are almost all the same (standard deviation of a pixel 1.23, "
            "real images 50)",
        ),
        (
            {"fault": "collapsed", "measure": "vendi", "value": 1.1, "real": 9.87},
            "its images of a class are almost all the same (Vendi score 1.1, real images 9.87)",
        ),
    ],
)
def test_a_refused_pool_says_why_and_an_insisted_one_in_spite_of_what(
    fault: dict[str, Any], text: str
) -> None:
    other = {"fault": "copies", "copies": 0.5}
    refused = pool(used=False, faults=[fault, other])
    also = "50% of it are copies of training images"
    assert refused == f"generated images: no expansion: {text}; {also} ({MEASURES})"
    insisted = pool(insisted=True, faults=[fault])
    assert insisted == (f"generated images: used because insist=True, although {text} ({MEASURES})")


def test_few_images_name_the_classes_and_what_came_of_it() -> None:
    few = {"classes": {f"c{n}": n for n in range(7)}, "needed": 20, "generated": False}
    assert words(Finding("few-images", few)) == (
        "fewer than 20 images, too few to learn from: c0 (0), c1 (1), c2 (2), c3 (3), c4 (4) and 2 "
        "more; not generated, so that generated batches hold the other classes only"
    )
    one = {"classes": {"hat": 7}, "needed": 20, "generated": True}
    assert words(Finding("few-images", one)) == (
        "fewer than 20 images, too few to learn from: hat (7); generated because insist=True"
    )


def test_the_seeds_of_a_finding_follow_its_words() -> None:
    finding = Finding("remark", {"text": "slow"}, "gan", "trials", (0, 3))
    assert words(finding) == "slow (seed 0, 3)"
    assert words(Finding("not-run-yet", {}, "gan", "trials", (2,))) == "not run yet: seed 2"


@pytest.mark.parametrize(
    ("kind", "figures", "text"),
    [
        ("brand-new", {"share": 0.5, "names": ["a"]}, 'brand new: share 0.5, names ["a"]'),
        ("brand-new", {}, "brand new"),
        ("pool-judged", {"used": True}, "pool judged: used True"),
        ("few-images", {"classes": 3}, "few images: classes 3"),
    ],
)
def test_what_is_not_known_or_not_complete_is_shown_as_it_is(
    kind: str, figures: dict[str, Any], text: str
) -> None:
    assert words(Finding(kind, figures)) == text


def test_what_is_said_of_several_policies_alike_is_said_once() -> None:
    alike = [Finding("equal-predictions", {}, policy) for policy in ("a", "b")]
    assert remarks([*alike, Finding("smaller-than-matters", {}, "c")]) == [
        Remark("a, b", "all predictions are equal"),
        Remark("c", "smaller than matters"),
    ]


def test_words_cost_no_heavy_import() -> None:
    code = (
        "import sys, augbench.reports.findings.wording;"
        "print(*{'pandas', 'numpy', 'scipy', 'altair'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
