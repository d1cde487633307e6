"""What does a check say to continuous integration? JUnit XML, a test case a policy.

A policy that regressed is a `failure`, one that is not settled is `skipped`: it proves nothing.
"""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from augbench.reports.formatting import exact
from augbench.reports.gate import tier_one
from augbench.reports.gate.wording import heading, policy_sentence
from augbench.reports.render.junit import clean
from augbench.reports.run.check import Check
from augbench.reports.run.tier_one import FAILING, TierOne


def check_junit(check: Check) -> str:
    """A check as JUnit XML, ended by a line feed."""
    suite = _suite(
        check.dataset,
        verdict=check.verdict,
        baseline=check.baseline,
        margin=exact(check.margin),
        conclusion=heading(check),
    )
    for policy in check.policies:
        case = SubElement(
            suite, "testcase", classname="augbench.check", name=clean(policy.policy), time="0"
        )
        text = clean(policy_sentence(policy, check))
        if policy.verdict == "regressed":
            SubElement(case, "failure", type="regression", message=text).text = text
        elif policy.verdict == "inconclusive":
            SubElement(case, "skipped", message=text)
        figures = (
            f"{measure.measure}.{name}: {exact(value)}"
            for measure in policy.measures
            for name in ("then", "now", "difference", "low", "high")
            if (value := getattr(measure, name)) is not None
        )
        SubElement(case, "system-out").text = "\n".join([text, *figures])
    return _document(suite)


def tier_one_junit(check: TierOne) -> str:
    """A check without training as JUnit XML, ended by a line feed."""
    suite = _suite(
        check.kind,
        verdict=check.verdict,
        fingerprint=check.file,
        conclusion=tier_one.heading(check),
    )
    for subject in check.policies:
        case = SubElement(
            suite,
            "testcase",
            classname=f"augbench.{check.kind}",
            name=clean(subject.policy),
            time="0",
        )
        if subject.verdict in FAILING:
            texts = [clean(text) for text in tier_one.sentences(subject)]
            failure = SubElement(case, "failure", type=subject.verdict, message=texts[0])
            failure.text = "\n".join(texts)
        else:
            SubElement(case, "system-out").text = clean(tier_one.summary(subject))
    return _document(suite)


def _suite(of: str, **properties: str) -> Element:
    """Return a suite with its properties, without a test case."""
    suite = Element("testsuite", name=clean(f"augbench check: {of}"))
    container = SubElement(suite, "properties")
    for name, value in properties.items():
        SubElement(container, "property", name=name, value=clean(value))
    return suite


def _document(suite: Element) -> str:
    """Return a suite with its counts as a document of its own."""
    for count, tag in (("failures", "failure"), ("skipped", "skipped")):
        suite.set(count, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("errors", "0")
    suite.set("time", "0")
    root = Element("testsuites", name="augbench")
    root.append(suite)
    ElementTree.indent(root, " ")
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
