"""Does the page work in a real browser, wide and narrow, light and dark, without scripts too?"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from augbench import reports
from tests.reports.chromium import Browser
from tests.reports.conftest import EVIL, EVIL_POLICY, FLIPS

WIDTHS = [400, 1600]


@pytest.fixture(scope="module")
def file(written: reports.Written) -> Path:
    return written.folder / "report.html"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_opens_without_complaint_request_or_sideways_scrolling(
    browser: Browser, file: Path, width: int, dark: bool
) -> None:
    browser.open(file, width, dark=dark)
    assert browser.problems == []
    assert browser.requests == [file.resolve().as_uri()]
    assert browser.ask("document.documentElement.scrollWidth") <= width
    paper = browser.ask("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") != dark


@pytest.mark.parametrize("width", [360, 1000])
def test_code_to_copy_is_whole_and_no_name_in_it_is_broken(
    browser: Browser, file: Path, width: int
) -> None:
    browser.open(file, width)
    code = "document.querySelector('.t-keep .copy code')"
    assert browser.ask(f"{code}.textContent") == FLIPS
    broken = """(() => {
      const texts = document.createTreeWalker(CODE, NodeFilter.SHOW_TEXT), broken = [];
      while (texts.nextNode())
        for (const name of texts.currentNode.data.matchAll(/\\w+/g)) {
          const range = document.createRange();
          range.setStart(texts.currentNode, name.index);
          range.setEnd(texts.currentNode, name.index + name[0].length);
          if (range.getClientRects().length > 1) broken.push(name[0]);
        }
      return broken;
    })()"""
    assert browser.ask(broken.replace("CODE", code)) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_every_chart_has_drawn_with_colours(browser: Browser, file: Path, width: int) -> None:
    browser.open(file, width)
    charts = browser.ask(
        """[...document.querySelectorAll('svg')].map(svg => {
            const box = svg.getBoundingClientRect();
            const marks = [...svg.querySelectorAll('path, rect, line')].filter(mark => {
                const style = getComputedStyle(mark), at = mark.getBoundingClientRect();
                const seen = paint => paint !== 'none' && paint !== 'rgba(0, 0, 0, 0)';
                return at.width + at.height > 0 && (seen(style.fill) || seen(style.stroke));
            });
            return [box.width, box.height, marks.length];
        })"""
    )
    assert len(charts) >= 10
    for wide, high, marks in charts:
        assert wide > 150
        assert high > 60
        assert marks >= 4


def test_every_label_of_a_chart_lies_inside_its_chart(browser: Browser, file: Path) -> None:
    browser.open(file, 1600)
    outside = browser.ask(
        """[...document.querySelectorAll('svg text')].filter(text => {
            const box = text.ownerSVGElement.getBoundingClientRect();
            const at = text.getBoundingClientRect();
            return at.left < box.left - 1 || at.right > box.right + 1;
        }).map(text => text.textContent)"""
    )
    assert outside == []


def column(browser: Browser, section: str, number: int) -> list[str]:
    return browser.ask(
        f"[...document.querySelector('#{section} table').tBodies[0].rows]"
        f".map(row => row.cells[{number}].textContent.trim())"
    )


def click(browser: Browser, selector: str) -> None:
    browser.ask(f"document.querySelector({json.dumps(selector)}).click()")


def test_a_click_sorts_by_exact_values_and_a_second_one_turns_round(
    browser: Browser, file: Path, written: reports.Written
) -> None:
    browser.open(file, 1600)
    means = pd.read_csv(written.folder / "accuracy.csv").set_index("policy")["delta_mean"]
    head = "#accuracy th:nth-child(3) button"
    click(browser, head)
    first = column(browser, "accuracy", 0)
    assert (
        first[: len(means.dropna())] == means.dropna().sort_values(ascending=False).index.tolist()
    )
    assert first[-1] == "none"
    assert browser.ask(f"document.querySelector('{head}').parentNode.ariaSort") == "descending"
    click(browser, head)
    second = column(browser, "accuracy", 0)
    assert second[: len(means.dropna())] == means.dropna().sort_values(kind="stable").index.tolist()
    assert second[-1] == "none"


def test_a_table_sorts_by_keyboard_alone(browser: Browser, file: Path) -> None:
    browser.open(file, 1600)
    browser.ask("document.querySelector('#accuracy th button').focus()")
    browser.press("Enter", 13)
    names = column(browser, "accuracy", 0)
    assert names == sorted(names, key=str.lower)


def test_a_folded_table_is_searched_while_one_types(browser: Browser, file: Path) -> None:
    browser.open(file, 1600)
    found = browser.ask(
        """(() => {
            const fold = document.querySelector('#classes details.fold');
            fold.open = true;
            const input = fold.querySelector('input[type=search]');
            input.value = 'FLIPS';
            input.dispatchEvent(new Event('input'));
            return [...fold.querySelectorAll('tbody tr')].filter(row => !row.hidden)
                .map(row => row.cells[0].textContent);
        })()"""
    )
    assert found == ["flips"] * 4


def test_a_policy_that_is_not_chosen_leaves_charts_tables_and_pictures(
    browser: Browser, file: Path
) -> None:
    browser.open(file, 1600)
    assert browser.ask("document.querySelector('.filter').hidden") is False
    shown = """[...document.querySelectorAll('main [data-policy="1"]')]
        .filter(item => getComputedStyle(item).display !== 'none').length"""
    assert browser.ask(shown) > 10
    click(browser, ".filter input[value='1']")
    assert browser.ask(shown) == 0
    assert "flips" not in column(browser, "accuracy", 0) or browser.ask(
        "[...document.querySelectorAll('#accuracy tbody tr')].some(row => "
        "row.cells[0].textContent === 'flips' && row.offsetHeight === 0)"
    )
    click(browser, ".filter button[data-all='1']")
    assert browser.ask(shown) > 10


def test_pointing_at_a_figure_shows_all_its_digits(
    browser: Browser, file: Path, written: reports.Written
) -> None:
    browser.open(file, 1600)
    tip = browser.ask(
        """(() => {
            const figure = document.querySelector(
                '#accuracy data[data-column="accuracy.test_accuracy_mean"]');
            figure.dispatchEvent(new PointerEvent('pointerover', {bubbles: true}));
            return document.getElementById('tip').textContent;
        })()"""
    )
    text = (written.folder / "accuracy.csv").read_text(encoding="utf-8")
    assert tip in text.replace("\n", ",").split(",")


def test_without_scripts_charts_tables_and_folds_still_work(browser: Browser, file: Path) -> None:
    browser.open(file, 1600, scripts=False)
    try:
        assert browser.problems == []
        assert browser.ask("document.querySelectorAll('svg').length") >= 10
        assert browser.ask("document.querySelector('#accuracy table').rows.length") == 7
        assert browser.ask("document.querySelectorAll('.sort').length") == 0
        assert browser.ask("document.querySelector('.filter').offsetHeight") == 0
        assert browser.ask("document.querySelectorAll('svg title').length") > 20
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


def test_in_print_nothing_stays_folded_and_controls_are_gone(browser: Browser, file: Path) -> None:
    browser.open(file, 1600)
    browser.call("Emulation.setEmulatedMedia", media="print")
    folds = browser.ask(
        """[...document.querySelectorAll('details.fold')].map(fold => [
            fold.open, fold.offsetHeight, fold.querySelector('table').offsetHeight])"""
    )
    assert folds
    for is_open, height, content in folds:
        assert not is_open
        assert height > content > 0
    assert browser.ask("document.querySelector('nav').offsetHeight") == 0
    assert browser.ask("document.querySelector('.filter').offsetHeight") == 0


def test_names_that_are_code_are_shown_and_never_run(
    browser: Browser, evil: reports.Written
) -> None:
    browser.open(evil.folder / "report.html", 1600)
    assert browser.problems == []
    assert browser.ask("document.scripts.length") == 1
    text = browser.ask("document.body.textContent")
    assert EVIL in text
    assert EVIL_POLICY in text
    assert browser.ask("document.documentElement.scrollWidth") <= 1600
    browser.open(evil.folder / "report.html", 400)
    assert browser.ask("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_serious(browser: Browser, file: Path, width: int, dark: bool) -> None:
    pytest.importorskip("axe_core_python", reason="the extra `test` brings axe-core")
    axe = resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    browser.open(file, width, dark=dark)
    browser.ask("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    # Rows are made alike; a few of each table say as much as all.
    browser.ask(
        "document.querySelectorAll('tbody tr:nth-child(n + 8)').forEach(row => row.remove())"
    )
    browser.ask(f"{axe};0")
    found: list[dict[str, Any]] = browser.ask(
        """axe.run(document, {resultTypes: ['violations']}).then(result =>
            result.violations.map(v => ({
                id: v.id, impact: v.impact, nodes: v.nodes.slice(0, 3).map(n => n.html)})))"""
    )
    assert [item for item in found if item["impact"] in ("serious", "critical")] == []


def test_the_colours_of_verdicts_stay_apart_for_colour_blind_readers(
    browser: Browser, file: Path
) -> None:
    """Machado, Oliveira and Fernandes (2009), severity 1.0; beside the colour stands a sign."""
    matrices = {
        "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
        "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                   [-0.011820, 0.042940, 0.968881]],
    }  # fmt: skip
    import numpy as np

    for dark in (False, True):
        browser.open(file, 1600, dark=dark)
        seen = {
            name: browser.ask(
                f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()"
            )
            for name in ("better", "worse", "equivalent", "clean", "augmented", "validation")
        }
        linear = {
            name: (np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255) ** 2.2
            for name, code in seen.items()
        }
        for pair in (
            ("better", "worse"),
            ("worse", "equivalent"),
            ("clean", "augmented"),
            ("clean", "validation"),
            ("augmented", "validation"),
        ):
            for matrix in matrices.values():
                one, two = (np.clip(np.array(matrix) @ linear[n], 0, 1) ** (1 / 2.2) for n in pair)
                assert np.linalg.norm(one - two) > 0.2, (pair, dark)
