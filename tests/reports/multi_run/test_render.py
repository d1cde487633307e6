"""Do page, Markdown, JSON and terminal show the figures of the CSV files, and names as text?"""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from augbench.reports.multi_run.charts import rank_diagram
from augbench.reports.multi_run.wording import notes, sentence
from augbench.reports.statistics.ranks import ranking
from rich.console import Console

from augbench import reports
from augbench.errors import ReportError
from tests.reports.chromium import Browser
from tests.reports.conftest import EVIL, EVIL_POLICY
from tests.reports.making_multi_runs import make_data_set, make_data_sets

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> reports.WrittenMultiRun:
    """Ten data sets: a rank diagram."""
    root = tmp_path_factory.mktemp("many")
    return reports.write_multi_run(make_data_sets(root, 10), root / "out")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> reports.WrittenMultiRun:
    """Two runs with names that are code, one of them of a policy of 300 letters."""
    root = tmp_path_factory.mktemp("hostile")
    names = (f"{EVIL}.zip", "a|b `c` {{ 7 * 7 }}\x1b[31m[red]x[/red]")
    policies = {EVIL_POLICY: 0.1, "p" * 300: 0.0}
    more = {"seeds": 3, "n_test": 60}
    folders = [
        make_data_set(root / str(n), n, policies, dataset=name, **more)
        for n, name in enumerate(names)
    ]
    return reports.write_multi_run(folders, root / "out")


def html(written: reports.WrittenMultiRun) -> str:
    return (written.folder / "report.html").read_text(encoding="utf-8")


def csv(written: reports.WrittenMultiRun, name: str) -> pd.DataFrame:
    return pd.read_csv(written.folder / f"{name}.csv", dtype=str, keep_default_na=False)


def printed(written: reports.WrittenMultiRun, width: int, colour: bool = False) -> str:
    stream = io.StringIO()
    system: Any = "standard" if colour else None
    reports.print_terminal(
        written, Console(file=stream, width=width, force_terminal=colour, color_system=system)
    )
    return stream.getvalue()


def test_the_files_of_a_comparison(many: reports.WrittenMultiRun) -> None:
    names = ["several.csv", "policies.csv", "wins.csv", "several.json", "report.md", "report.html"]
    assert [path.name for path in many.files] == names
    assert sorted(path.name for path in many.folder.iterdir()) == sorted(names)


def test_every_figure_of_the_page_is_a_cell_of_the_csv_file_that_it_names(
    many: reports.WrittenMultiRun,
) -> None:
    found = re.findall(r'<data [^>]*data-column="([^"]+)" value="([^"]*)">([^<]*)<', html(many))
    assert len(found) > 200
    for columns, values, text in found:
        if not values.strip():
            assert text == "–"
            continue
        for at, (place, value) in enumerate(zip(columns.split(), values.split(), strict=True)):
            file, column = place.split(".")
            assert value in set(csv(many, file)[column]), (place, value)
            words = text.replace("&lt;", "<").split(" to ")[at]
            digits = len(words.rstrip("%").partition(".")[2])
            shown = float(words.rstrip("%").replace("<", ""))
            slack = 0.5 * 10.0**-digits + 1e-9
            exact = float(value)
            near = abs(shown - exact) <= slack or abs(shown - 100 * exact) <= slack
            assert near or (words == "<0.001" and exact < 0.001), (place, text, value)


def test_the_matrix_has_each_runs_difference_beside_its_verdict(
    many: reports.WrittenMultiRun,
) -> None:
    table = html(many).partition("<caption>Differences to the baseline")[2].partition("</table>")[0]
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", table, re.DOTALL)
    heads = re.findall(r'data-policy="\d+">([^<]+)</th>', table)
    wanted = csv(many, "several").set_index(["run", "policy"])
    assert [name for name, _ in rows] == [f"data {n}" for n in range(10)]
    for name, cells in rows:
        meetings = re.findall(r"<td[^>]*data-policy.*?</td>", cells, re.DOTALL)
        for policy, meeting in zip(heads, meetings, strict=True):
            if (name, policy) not in wanted.index:
                assert ">–<" in meeting
                continue
            row = wanted.loc[(name, policy)]
            assert f'value="{row["delta_mean"]}"' in meeting
            assert f'aria-label="{row["verdict"]}"' in meeting


def test_the_rank_diagram_places_policies_by_their_mean_ranks(
    many: reports.WrittenMultiRun,
) -> None:
    svg = next(s for s in re.findall(r"<svg.*?</svg>", html(many), re.DOTALL) if "<circle" in s)
    root = ElementTree.fromstring(svg)
    ranks = csv(many, "policies").set_index("policy")["mean_rank"]
    ticks = {int(t.text or ""): float(t.get("x", "")) for t in root.findall(f"{SVG}text")
             if (t.text or "").isdigit()}  # fmt: skip
    unit = ticks[2] - ticks[1]
    seen = {}
    for group in root.findall(f"{SVG}g"):
        policy = group.findtext(f"{SVG}title", "").partition(":")[0]
        circle = group.find(f"{SVG}circle")
        assert circle is not None
        seen[policy] = 1 + (float(circle.get("cx", "")) - ticks[1]) / unit
        assert group.findtext(f"{SVG}text") == policy
    assert set(seen) == {"none", "flips", "tutorial", "keras"}
    for policy, place in seen.items():
        assert place == pytest.approx(float(ranks[policy]), abs=0.01)
    bars = [line for line in root.findall(f"{SVG}line") if line.get("stroke-width") == "4"]
    assert len(bars) == len(many.multi_run.ranking.groups) > 0
    whole = next(t.text for t in root.findall(f"{SVG}text") if "critical" in (t.text or ""))
    assert whole == f"critical difference {many.multi_run.ranking.critical_difference:.3f}"


def test_under_ten_data_sets_the_page_says_why_there_is_no_diagram(
    hostile: reports.WrittenMultiRun,
) -> None:
    assert "No rank diagram: mean ranks are descriptive" in html(hostile)
    assert "<circle" not in html(hostile)


def test_sentence_and_notes_stand_in_every_form(many: reports.WrittenMultiRun) -> None:
    found = many.multi_run
    content = json.loads((many.folder / "several.json").read_text(encoding="utf-8"))
    assert content["sentence"] == sentence(found)
    assert content["notes"] == notes(found)
    heading = re.search(r"<h1>(.*?)</h1>", html(many), re.DOTALL)
    assert heading
    assert "".join(re.split(r"<[^>]+>", heading[1])).replace("&lt;", "<") == sentence(found)
    markdown = (many.folder / "report.md").read_text(encoding="utf-8")
    assert sentence(found).replace("<", "\\<") in markdown
    assert " ".join(printed(many, 100).split()).startswith(sentence(found))


def test_json_holds_the_tables_unrounded_and_the_ranking(many: reports.WrittenMultiRun) -> None:
    content = json.loads((many.folder / "several.json").read_text(encoding="utf-8"))
    for name in ("several", "policies", "wins"):
        rows, stored = content["tables"][name], csv(many, name)
        assert len(rows) == len(stored)
        for row, texts in zip(rows, stored.to_dict("records"), strict=True):
            for key, text in texts.items():
                value = row[key]
                same = value is None if text == "" else str(value) == text or value == float(text)
                assert same, (name, key)
    ranking = content["ranking"]
    assert ranking["tested"]
    assert ranking["datasets"] == 10
    assert ranking["critical_difference"] == many.multi_run.ranking.critical_difference
    assert {name for group in ranking["alike"] for name in group} <= set(ranking["policies"])


def test_markdown_tables_have_as_many_cells_in_every_row(
    many: reports.WrittenMultiRun, hostile: reports.WrittenMultiRun
) -> None:
    for written in (many, hostile):
        text = (written.folder / "report.md").read_text(encoding="utf-8")
        for block in text.split("\n\n"):
            if block.startswith("|"):
                cells = [len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()]
                assert len(set(cells)) == 1, block
        assert not re.search(r"(?<!\\)<script", text)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_terminal_shows_what_fits(many: reports.WrittenMultiRun, width: int) -> None:
    lines = printed(many, width).splitlines()
    assert max(map(len, lines)) <= width
    flips = csv(many, "several").set_index(["run", "policy"]).loc[("data 3", "flips")]
    if width >= 80:
        mark = f"{ {'better': '▲', 'worse': '▼', 'inconclusive': '?'}[flips['verdict']] } "
        mark += f"{100 * float(flips['delta_mean']):+.1f}"
        assert any("data 3" in line and mark in line for line in lines)
    assert any(line.split()[:1] == ["flips"] and "%" in line for line in lines)


def test_names_are_neither_markup_nor_commands_to_the_terminal(
    hostile: reports.WrittenMultiRun,
) -> None:
    text = printed(hostile, 1000, colour=True)
    assert "\ufffd[31m[red]x[/red]" in text
    assert "\x1b[31m[" not in text


def test_another_run_is_never_written_over(many: reports.WrittenMultiRun) -> None:
    runs = [each.run.folder for each in many.multi_run.runs[:2]]
    with pytest.raises(ReportError, match="is a run folder"):
        reports.write_multi_run(runs, runs[0])


def test_writing_again_gives_the_same_bytes(many: reports.WrittenMultiRun) -> None:
    before = {path.name: path.read_bytes() for path in many.files}
    reports.write_multi_run([each.run.folder for each in many.multi_run.runs], many.folder)
    assert {path.name: path.read_bytes() for path in many.files} == before


def test_forty_policies_make_a_small_page_and_fit_a_terminal(tmp_path: Path) -> None:
    policies = {f"policy {n}(p={n / 100})": (n - 20) / 300 for n in range(39)}
    folders = [make_data_set(tmp_path / str(n), n, policies, seeds=1, n_test=40) for n in range(2)]
    written = reports.write_multi_run(folders, tmp_path / "out", ["html"])
    assert len(html(written).encode()) < 2_000_000
    assert max(map(len, printed(written, 80).splitlines())) <= 80
    figures = np.random.default_rng(0).standard_normal((12, 40)) - np.arange(40) / 6
    ranked = replace(written.multi_run, ranking=ranking(figures))
    places = {label: at for at, label in enumerate(ranked.labels)}
    root = ElementTree.fromstring(rank_diagram(ranked, places))
    assert len(list(root.iter(f"{SVG}circle"))) == 40
    *_, wide, high = map(float, root.get("viewBox", "").split())
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x", "")) <= wide
        assert 0 <= float(text.get("y", "")) <= high


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [400, 1600])
def test_the_page_works_in_a_browser(
    browser: Browser,
    many: reports.WrittenMultiRun,
    hostile: reports.WrittenMultiRun,
    width: int,
    dark: bool,
) -> None:
    for written in (many, hostile):
        file = written.folder / "report.html"
        browser.open(file, width, dark=dark)
        assert browser.problems == []
        assert browser.requests == [file.resolve().as_uri()]
        assert browser.ask("document.scripts.length") == 1
        assert browser.ask("document.documentElement.scrollWidth") <= width
        widths = "[...document.querySelectorAll('svg')].map(s => s.getBoundingClientRect().width)"
        assert min(browser.ask(widths)) > 150


def test_names_that_are_code_stay_text(browser: Browser, hostile: reports.WrittenMultiRun) -> None:
    browser.open(hostile.folder / "report.html", 1600)
    text = browser.ask("document.body.textContent")
    assert f"{EVIL}.zip" in text
    assert EVIL_POLICY in text
    assert "{{ 7 * 7 }}" in text


def test_the_matrix_sorts_by_exact_values(browser: Browser, many: reports.WrittenMultiRun) -> None:
    browser.open(many.folder / "report.html", 1600)
    heads = browser.ask(
        "[...document.querySelectorAll('#runs table th[scope=col]')].map(h => h.textContent)"
    )
    at = heads.index("flips")
    browser.ask(f"document.querySelectorAll('#runs table th button')[{at}].click()")
    names = browser.ask(
        "[...document.querySelectorAll('#runs table tbody')[0].rows].map(r => r.cells[0].innerText)"
    )
    rows = csv(many, "several")
    deltas = rows[rows["policy"] == "flips"].set_index("run")["delta_mean"].astype(float)
    assert list(deltas[names]) == sorted(deltas, reverse=True)


def test_a_policy_that_is_not_chosen_leaves_charts_and_tables(
    browser: Browser, many: reports.WrittenMultiRun
) -> None:
    browser.open(many.folder / "report.html", 1600)
    shown = """[...document.querySelectorAll('main [data-policy="1"]')]
        .filter(item => getComputedStyle(item).display !== 'none').length"""
    assert browser.ask(shown) > 10
    browser.ask("document.querySelector(\".filter input[value='1']\").click()")
    assert browser.ask(shown) == 0


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_serious(
    browser: Browser, many: reports.WrittenMultiRun, dark: bool
) -> None:
    pytest.importorskip("axe_core_python", reason="the extra `test` brings axe-core")
    axe = resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    browser.open(many.folder / "report.html", 1600 if dark else 400, dark=dark)
    browser.ask("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    browser.ask(f"{axe};0")
    found: list[dict[str, Any]] = browser.ask(
        """axe.run(document, {resultTypes: ['violations']}).then(result =>
            result.violations.map(v => ({
                id: v.id, impact: v.impact, nodes: v.nodes.slice(0, 3).map(n => n.html)})))"""
    )
    assert [item for item in found if item["impact"] in ("serious", "critical")] == []
