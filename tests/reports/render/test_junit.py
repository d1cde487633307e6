"""Is junit.xml what CI systems read, true to the tables, whatever the names are?"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pandas as pd
import pytest
from augbench.reports.findings.analysis import tables
from augbench.reports.render.junit import junit, junit_of
from augbench.reports.run.reader import load

from augbench import reports
from tests.reports.conftest import EVIL_POLICY
from tests.reports.making_runs import make_run

# The rules of Jenkins' junit-10.xsd (jenkinsci/xunit-plugin; pytest tests against it too), with
# `error` where that file says `errors`: children, required attributes, other attributes.
SHAPE: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"testsuite"}, set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"properties", "testcase", "system-out", "system-err"},
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "url"},
    ),
    "properties": ({"property"}, set(), set()),
    "property": (set(), {"name", "value"}, set()),
    "testcase": (
        {"skipped", "error", "failure", "system-out", "system-err"},
        {"name"},
        {"time", "classname", "group"},
    ),
    "skipped": (set(), set(), {"type", "message"}),
    "error": (set(), set(), {"type", "message"}),
    "failure": (set(), set(), {"type", "message"}),
    "system-out": (set(), set(), set()),
    "system-err": (set(), set(), set()),
}
SUREFIRE_TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?")


def assert_valid(element: Element) -> None:
    """Check an element and all below it against `SHAPE`."""
    children, required, others = SHAPE[element.tag]
    assert required <= set(element.attrib) <= required | others, element.tag
    assert {child.tag for child in element} <= children, element.tag
    if element.tag in ("testsuites", "testsuite"):
        assert SUREFIRE_TIME.fullmatch(element.get("time", "")), element.get("time")
    for child in element:
        assert_valid(child)


@pytest.fixture(scope="module")
def root(written: reports.Written) -> Element:
    return ElementTree.fromstring(junit(written.tables))


def test_the_document_has_the_shape_of_the_schema(root: Element, evil: reports.Written) -> None:
    assert_valid(root)
    assert_valid(ElementTree.fromstring(junit(evil.tables)))


def test_a_policy_is_a_suite_and_a_trial_a_case(root: Element, written: reports.Written) -> None:
    run = written.tables.run
    assert [suite.get("name") for suite in root] == list(run.policies)
    for suite in root:
        names = [case.get("name") for case in suite.iter("testcase")]
        assert names == [f"{suite.get('name')}, seed {seed}" for seed in run.seeds]
        assert suite.get("tests") == str(len(names))


def test_failed_trials_are_errors_and_a_worse_policy_passes(
    root: Element, written: reports.Written
) -> None:
    cases = root.findall("testsuite/testcase[error]")
    errors = {case.get("name"): error for case in cases for error in case.iter("error")}
    assert set(errors) == {"broken, seed 1", "broken, seed 3"}
    error = errors["broken, seed 1"]
    assert error.get("type") == "RuntimeError"
    assert error.get("message") == error.text == "RuntimeError: the loss became NaN in epoch 3"
    verdicts = written.tables.accuracy.set_index("policy")["verdict"]
    assert verdicts["tutorial"] == "worse"
    assert not list(root.iter("failure"))
    assert (root.get("tests"), root.get("errors"), root.get("failures")) == ("30", "2", "0")
    assert {s.get("name"): s.get("errors") for s in root}["broken"] == "2"


def test_a_trial_that_is_not_run_yet_is_skipped(tmp_path: Path) -> None:
    folder = make_run(
        tmp_path / "run", seeds=2, n_test=20, epochs=1, missing=[("flips", 1)], pictures=False
    )
    root = ElementTree.fromstring(junit(tables(load(folder))))
    assert_valid(root)
    skipped = [
        case.get("name") for case in root.iter("testcase") if case.find("skipped") is not None
    ]
    assert skipped == ["flips, seed 1"]
    assert [suite.get("skipped") for suite in root] == ["0", "1"]


def test_the_figures_are_those_of_the_csv_files(root: Element, written: reports.Written) -> None:
    trials, accuracy = (
        pd.read_csv(written.folder / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("trials", "accuracy")
    )
    texts = {case.get("name"): case.findtext("system-out", "") for case in root.iter("testcase")}
    for row in trials.to_dict("records"):
        lines = texts[f"{row['policy']}, seed {row['seed']}"].splitlines()
        for key, value in row.items():
            assert (f"{key}: {value}" in lines) == (value != ""), (key, value)
    for row in accuracy.to_dict("records"):
        suite = next(suite for suite in root if suite.get("name") == row["policy"])
        told = {p.get("name"): p.get("value") for p in suite.iter("property")}
        for key, value in row.items():
            if key != "policy":
                assert told.get(f"accuracy.{key}", "") == value
        assert told["conclusion"] == written.tables.conclusion.text


def test_times_are_those_of_the_trials(root: Element, written: reports.Written) -> None:
    seconds = written.tables.trials.groupby("policy")["seconds"].sum()
    for suite in root:
        assert float(suite.get("time", "")) == pytest.approx(seconds[suite.get("name")], abs=1e-3)
        cases = sum(float(case.get("time", "")) for case in suite.iter("testcase"))
        assert cases == pytest.approx(float(suite.get("time", "")), abs=1e-3)


def test_hostile_names_are_escaped_and_come_back_as_text(evil: reports.Written) -> None:
    text = junit(evil.tables)
    assert "<script" not in text
    assert "<img" not in text
    root = ElementTree.fromstring(text)
    assert EVIL_POLICY in [suite.get("name") for suite in root]
    assert "p" * 300 in [suite.get("name") for suite in root]
    error = next(root.iter("error"))
    assert error.text == "ValueError: <script>alert(5)</script> in x.png"


def test_control_characters_are_removed(tmp_path: Path) -> None:
    nasty = "a\x00b\x1b[31mc\x7fd\x85e\ud800f\ufffeg\u202eh\u2028i"
    folder = make_run(
        tmp_path / "run",
        {"none": 0.0, "p": 0.0},
        seeds=1,
        n_test=8,
        epochs=1,
        failed=[("p", 0)],
        error=f"{nasty}\n\x08]]>second line",
        pictures=False,
    )
    text = junit(tables(load(folder)))
    assert all(c.isprintable() or c == "\n" for c in text)
    error = next(ElementTree.fromstring(text.encode()).iter("error"))
    assert error.text == "ab[31mcdefghi\n]]>second line"
    assert error.get("message") == "ab[31mcdefghi ]]>second line"


def test_several_runs_are_one_document_with_their_names_before_the_suites(
    written: reports.Written, evil: reports.Written
) -> None:
    root = ElementTree.fromstring(junit_of([("one.zip", written.tables), ("two", evil.tables)]))
    assert_valid(root)
    assert root[0].get("name") == "one.zip: none"
    assert root[-1].get("name", "").startswith("two: ")
    classes = {case.get("classname") for case in root.iter("testcase")}
    assert classes == {"augbench.one_zip", "augbench.two"}


def test_writing_again_gives_the_same_bytes(written: reports.Written) -> None:
    assert junit(written.tables) == junit(tables(load(written.folder)))
