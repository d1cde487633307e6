"""Does a check say which policy, which measure, how much below, how sure, and what to do next?"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from augbench.reports.gate.forms import Found, forms_of
from augbench.reports.gate.junit import check_junit, tier_one_junit
from augbench.reports.gate.markdown import (
    append_step_summary,
    calibration_markdown,
    check_markdown,
)
from augbench.reports.gate.wording import next_steps, policy_sentence
from augbench.reports.run.baseline import Difference
from augbench.reports.run.calibration import Calibration, Row
from augbench.reports.run.check import Check, MeasureCheck, PolicyCheck, Verdict
from augbench.reports.run.tier_one import SubjectCheck, TierOne
from rich.console import Console

from augbench.errors import InputError
from augbench.findings import Finding


def policy(
    label: str, verdict: Verdict, change: float, half: float, needed: int | None = None
) -> PolicyCheck:
    measures = (
        MeasureCheck(
            "accuracy", verdict, 0.05, 0.05 + change, change, change - half, change + half
        ),
        MeasureCheck("overfitting_gap", "inconclusive", -0.02, -0.01, 0.01, -0.02, 0.04),
        MeasureCheck("worst_class_recall", "inconclusive", 0.1, 0.08, -0.02, -0.2, 0.16),
    )
    return PolicyCheck(label, verdict, 5, 10, needed, False, measures)


FLIPS = policy("flips", "regressed", -0.061, 0.021)
LIGHT = policy("light", "passed", -0.002, 0.006)
NOISE = policy("noise", "inconclusive", -0.008, 0.012, needed=9)


def check(*policies: PolicyCheck, grows: bool = False) -> Check:
    found = {one.verdict for one in policies}
    verdict: Verdict = "regressed" if "regressed" in found else "inconclusive"
    return Check(
        schema_version=1,
        verdict=verdict if found != {"passed"} else "passed",
        dataset="photos",
        baseline="gate/b.json",
        run="my run",
        margin=0.01,
        noise_floor=0.008,
        confidence=0.95,
        none_then=0.801,
        none_now=0.795,
        policies=policies,
        failed=(),
        software=(Difference("keras", "3.1", "3.2"),),
        grows=grows,
        most_seeds=5,
    )


def terminal(found: Found, width: int = 100) -> str:
    text = io.StringIO()
    console = Console(file=text, width=width, color_system=None)
    forms_of(found).show(found, console)
    return text.getvalue()


def test_a_regression_says_what_fell_by_how_much_and_how_surely() -> None:
    assert policy_sentence(FLIPS, check(FLIPS)) == (
        "flips regressed in 5 seeds: test accuracy over none was +5.0 points and is -1.1: it fell "
        "by 6.1 points, surely by more than 4.0 (95 % sure), and the margin is 1 point."
    )


def test_a_gap_that_regressed_rose() -> None:
    gap = MeasureCheck("overfitting_gap", "regressed", -0.02, 0.06, 0.08, 0.05, 0.11)
    worse = replace(LIGHT, verdict="regressed", measures=(LIGHT.accuracy, gap))
    assert (
        "overfitting gap over none was -2.0 points and is +6.0: it rose by 8.0 points, surely "
        in (policy_sentence(worse, check(worse)))
    )


def test_each_verdict_ends_in_what_to_do() -> None:
    assert next_steps(check(LIGHT)) == []
    (accept,) = next_steps(check(replace(FLIPS, seeds=10)))
    assert accept[1] == "augbench accept 'my run' --baseline gate/b.json"
    (accept,) = next_steps(check(FLIPS))  # on fewer seeds than the baseline's 10
    assert accept[1] == (
        "augbench compare --config 'my run/experiment.toml' --seeds 10 --out 'my run' && "
        "augbench accept 'my run' --baseline gate/b.json"
    )
    (more,) = next_steps(check(LIGHT, NOISE))
    assert more[0] == "About 9 seeds would settle noise"
    assert more[1] == (
        "augbench compare --config 'my run/experiment.toml' --seeds 9 --out 'my run' && "
        "augbench check 'my run' --baseline gate/b.json"
    )
    (more,) = next_steps(check(NOISE, grows=True))
    assert more[1].endswith("--baseline gate/b.json --max-seeds 9 --out 'my run'")
    hopeless = replace(NOISE, seeds_needed=None)
    assert next_steps(check(hopeless))[0][1] == "augbench check 'my run' --calibrate"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_terminal_names_every_policy_and_the_worst_first(width: int) -> None:
    shown = terminal(check(LIGHT, FLIPS, NOISE), width)
    lines = shown.strip().splitlines()
    assert lines[0].startswith("Regression: photos")
    assert lines[1].startswith("flips regressed")
    assert max(map(len, lines[:20])) <= width
    for text in ("light passed after 5 seeds", "noise is open", "keras 3.1 → 3.2", "80.1%"):
        assert text in " ".join(shown.split())


def test_names_steer_neither_terminal_nor_markdown() -> None:
    nasty = policy("a\x1b[31m|b<script>", "regressed", -0.06, 0.02)
    assert "\x1b" not in terminal(check(nasty))
    text = check_markdown(check(nasty))
    assert "<script>" not in text
    rows = [line for line in text.splitlines() if line.startswith("| a")]
    assert rows
    assert all(row.replace("\\|", "").count("|") == 8 for row in rows)


def test_junit_fails_what_regressed_and_skips_what_is_open() -> None:
    suite = ElementTree.fromstring(check_junit(check(FLIPS, LIGHT, NOISE)))[0]
    counts = {name: suite.get(name) for name in ("tests", "failures", "skipped", "errors")}
    assert counts == {"tests": "3", "failures": "1", "skipped": "1", "errors": "0"}
    (failure,) = suite.iter("failure")
    assert (failure.get("message") or "").startswith("flips regressed in 5 seeds")
    assert [case.get("name") for case in suite.iter("testcase")] == ["flips", "light", "noise"]


def test_the_summary_of_a_job_is_appended_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    append_step_summary("nowhere")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "s.md"))
    append_step_summary("a\n")
    append_step_summary("b\n")
    assert (tmp_path / "s.md").read_text() == "a\nb\n"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    with pytest.raises(InputError, match="GITHUB_STEP_SUMMARY"):
        append_step_summary("c\n")


def test_a_calibration_rounds_up_what_is_enough() -> None:
    row = Row(5, 0.02101, 0.0099, {"accuracy": 0.0301}, 0.004, 0.95, 3.9)
    found = Calibration(1, "photos", "run", 10, {"accuracy": {"flips": 0.012}}, 0.015, (row,))
    for shown in (terminal(found), calibration_markdown(found)):
        for figure in ("2.2", "1.0", "3.1", "0.4 %", "3.9", "flips 1.2"):
            assert figure in shown


def test_a_change_without_training_is_shown_in_each_form() -> None:
    figures = {
        "pixels_differ": 0.2,
        "largest": 255,
        "same_draws": True,
        "draws_read": 1.0,
        "same_labels": True,
        "images_per_second": 90.0,
        "images_per_second_then": 80.0,
    }
    border = Finding("border-differs", {"then": "nearest", "now": "constant 0"})
    found = TierOne(
        "fingerprint",
        "aug.json",
        (
            SubjectCheck("light", "same", (), figures),
            SubjectCheck("<b>|mine", "changed", (border,), figures),
        ),
        (Difference("albumentations", "2.0.7", "2.0.8"),),
        "aug.changed.png",
    )
    said = "border pixels differ (fill mode nearest → constant 0)"
    text = terminal(found)
    assert "Augmentation changed against aug.json: 1 of 2" in text and said in text
    assert text.index("<b>|mine") < text.index("light: the same, bit for bit")
    assert "albumentations 2.0.7 → 2.0.8" in text and "Picture: aug.changed.png" in text
    markdown = forms_of(found).markdown(found)
    assert "<b>" not in markdown and "\\|mine" in markdown and said in markdown
    suite = ElementTree.fromstring(tier_one_junit(found))[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    (failure,) = suite.iter("failure")
    assert failure.get("message") == said
    content = json.loads(found.text())
    assert content["verdict"] == "regressed" and content["policies"][1]["largest"] == 255
