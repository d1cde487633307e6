"""What does a run say to continuous integration? The file junit.xml.

A policy is a test suite and a trial a test case, so that a CI system lists what was trained:

* a trial that failed is an `error` with its reason;
* a trial that is not run yet is `skipped`;
* every other trial passes, whatever it measured. That a policy is worse than the baseline is a
  result and no fault of a build, and JUnit has no word for "worse but known to be".

The figures are those of the tables, unrounded: a trial's in its `system-out`, a policy's (row of
accuracy.csv, of overfitting.csv, the conclusion) in its suite's `properties`.

The shape is that of Jenkins' junit-10.xsd (xunit-plugin), which GitLab, GitHub's actions, Azure
and Buildkite read too; that schema misspells `error`, which all of them want.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import pandas as pd
from augbench.reports.findings.analysis import Tables
from augbench.reports.formatting import exact, is_missing

# What XML 1.0 cannot hold, and what it can but a terminal would obey.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u2070-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


def junit(tables: Tables) -> str:
    """A run as JUnit XML, ended by a line feed; a suite a policy, in grid order."""
    return junit_of([("", tables)])


def junit_of(named: Sequence[tuple[str, Tables]]) -> str:
    """Several runs as one JUnit XML document.

    Args:
        named: each run's name, put before the names of its suites ("" for none), and its tables.
    """
    root = Element("testsuites", name="augbench")
    for name, tables in named:
        root.extend(_suites(name, tables))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in root):.3f}")
    ElementTree.indent(root, " ")
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suites(name: str, tables: Tables) -> Iterator[Element]:
    """A suite for each policy of a run."""
    rows = {
        table: {row["policy"]: row for row in frame.to_dict("records")}
        for table, frame in (("accuracy", tables.accuracy), ("overfitting", tables.overfitting))
    }
    cases = {
        (row["policy"], row["seed"]): row
        for row in tables.trials.merge(
            tables.cost, on=["policy", "seed"], how="left", suffixes=("", "_cost")
        ).to_dict("records")
    }
    common = _common(tables)
    for label in tables.run.policies:
        title = f"{name}: {label}" if name else label
        suite = Element("testsuite", name=clean(title))
        properties = SubElement(suite, "properties")
        for key, value in (*common, *_figures(rows, label)):
            SubElement(properties, "property", name=key, value=clean(value))
        seeds = tables.run.seeds_of(label)
        seconds = [_case(suite, name, label, s, cases.get((label, s))) for s in seeds]
        suite.set("tests", str(len(seconds)))
        suite.set("failures", "0")
        suite.set("errors", str(len(suite.findall("testcase/error"))))
        suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
        suite.set("time", f"{sum(seconds):.3f}")
        yield suite


def _common(tables: Tables) -> list[tuple[str, str]]:
    run = tables.run
    return [
        ("augbench", str(run.environment.get("augbench", ""))),
        ("dataset", run.dataset),
        ("baseline", run.baseline),
        ("margin", exact(tables.margin)),
        ("conclusion", tables.conclusion.text),
    ]


def _figures(
    rows: Mapping[str, Mapping[str, Mapping[Any, Any]]], label: str
) -> Iterator[tuple[str, str]]:
    """The figures of a policy's rows, such as ("accuracy.delta_mean", "0.0125")."""
    for table, by_policy in rows.items():
        for key, value in by_policy.get(label, {}).items():
            if key != "policy" and not is_missing(value):
                yield f"{table}.{key}", exact(value)


def _case(suite: Element, name: str, label: str, seed: int, row: Mapping[Any, Any] | None) -> float:
    """Add a trial to a suite; return its seconds."""
    seconds = 0.0 if row is None or pd.isna(row["seconds"]) else float(row["seconds"])
    case = SubElement(
        suite,
        "testcase",
        # CI systems cut a class name at its dots, which labels have; so the label stands in both.
        classname="augbench." + clean(name or "trials").replace(".", "_"),
        name=clean(f"{label}, seed {seed}"),
        time=f"{seconds:.3f}",
    )
    if row is None:
        SubElement(case, "skipped", message="not run yet")
        return seconds
    if row["status"] != "done":
        reason = clean(str(row["error"] or "no reason recorded"))
        kind = re.match(r"[A-Za-z_][\w.]*(?=:)", reason)
        error = SubElement(case, "error", type=kind[0] if kind else "Error")
        error.set("message", " ".join(reason.split()))
        error.text = reason
    figures = (f"{key}: {_one_line(value)}" for key, value in row.items() if not is_missing(value))
    SubElement(case, "system-out").text = "\n".join(figures)
    return seconds if math.isfinite(seconds) else 0.0


def _one_line(value: Any) -> str:
    return " ".join(clean(exact(value)).split())


def clean(text: str) -> str:
    """A text without the characters that XML forbids or that steer a terminal."""
    return _FORBIDDEN.sub("", text)
