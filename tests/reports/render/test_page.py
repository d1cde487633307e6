"""Is report.html the CSV files for people: every number theirs, every name text, and small?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pandas as pd
import pytest
from augbench.reports.findings.analysis import tables
from augbench.reports.findings.wording import words
from augbench.reports.render.page import page
from augbench.reports.run.reader import load

from augbench import reports
from tests.patience import not_hanging
from tests.reports.conftest import EVIL, EVIL_POLICY
from tests.reports.making_runs import make_run

VOID = {"meta", "link", "img", "input", "br", "wbr"}


@dataclass
class Row:
    """A row of a table: its texts, and its figures as (column, exact value, text)."""

    cells: list[str] = field(default_factory=list)
    figures: list[tuple[str, str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """A page taken apart by Python's own parser: its tables, its figures, its visible text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[Row] = []
        self.figures: list[tuple[str, str, str]] = []
        self.visible: list[tuple[str, str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag not in VOID:
            self.open.append((tag, found))
        if tag == "tr":
            self.rows.append(Row())
        if tag in ("td", "th"):
            self.rows[-1].cells.append("")
        if tag == "data":
            figure = (str(found["data-column"]), str(found["value"]), "")
            self.figures.append(figure)
            if any(name == "tr" for name, _ in self.open):
                self.rows[-1].figures.append(figure)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1][0] == tag, f"</{tag}> closes <{self.open[-1][0]}>"
        self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        inside = [tag for tag, _ in self.open]
        if not data.strip() or "script" in inside or "style" in inside:
            return
        section = next((str(a.get("id", "")) for t, a in self.open if t == "section"), "")
        if "svg" not in inside or "title" in inside:
            self.visible.append((section, data))
        if ("td" in inside or "th" in inside) and self.rows:
            self.rows[-1].cells[-1] += data
        if "data" in inside:
            column, value, text = self.figures[-1]
            self.figures[-1] = (column, value, text + data)
            if self.rows and self.rows[-1].figures and "tr" in inside:
                self.rows[-1].figures[-1] = self.figures[-1]


@pytest.fixture(scope="module")
def html(written: reports.Written) -> str:
    return (written.folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def parsed(html: str) -> Page:
    return Page(html)


@pytest.fixture(scope="module")
def files(written: reports.Written) -> dict[str, pd.DataFrame]:
    """The CSV files as they stand, every cell a text."""
    return {
        path.stem: pd.read_csv(path, dtype=str, keep_default_na=False)
        for path in written.folder.glob("*.csv")
    }


def rounds(text: str, value: float) -> bool:
    """Whether a text is a rounding of a value, or of 100 times it, to the digits that it shows."""
    if text == "<0.001":
        return value < 0.001
    found = re.fullmatch(r"([+-]?)([\d,]*\d)(?:\.(\d+))?(%?)", text)
    assert found, text
    decimals = len(found[3] or "")
    number = float(text.replace(",", "").rstrip("%"))
    slack = 0.5 * 10.0**-decimals + 1e-9
    return abs(number - value) <= slack or abs(number - 100 * value) <= slack


def test_every_figure_is_a_cell_of_the_csv_file_that_it_names(
    parsed: Page, files: dict[str, pd.DataFrame]
) -> None:
    assert len(parsed.figures) > 500
    for columns, values, _ in parsed.figures:
        for place, value in zip(columns.split(" "), values.split(" "), strict=True):
            file, column = place.split(".", 1)
            assert value in set(files[file][column]), (place, value)


def test_every_figure_reads_as_the_rounding_of_its_value(parsed: Page) -> None:
    for column, value, text in parsed.figures:
        texts = text.split(" to ") if " to " in text else [text]
        values = value.split(" ") if len(texts) > 1 else [value.split(" ")[0]]
        for shown, exact in zip(texts, values, strict=True):
            assert (shown == "–") if exact == "" else rounds(shown, float(exact)), (column, text)


def test_the_figures_of_a_row_stand_together_in_one_row_of_the_file(
    parsed: Page, files: dict[str, pd.DataFrame]
) -> None:
    checked = set()
    for row in parsed.rows:
        by_file: dict[str, dict[str, str]] = {}
        for columns, values, _ in row.figures:
            for place, value in zip(columns.split(" "), values.split(" "), strict=True):
                file, column = place.split(".", 1)
                by_file.setdefault(file, {})[column] = value
        for file, wanted in by_file.items():
            frame = files[file]
            key = "policy_a" if file == "pairs" else "policy"
            same = frame[key] == row.cells[0].strip()
            for column, value in wanted.items():
                same &= frame[column] == value
            assert same.any(), (file, row.cells[0], wanted)
            checked.add(file)
    assert checked == set(files)


def test_no_cell_of_numbers_holds_a_number_of_its_own(html: str) -> None:
    for cell in re.findall(r'<td class="n">(.*?)</td>', html, re.DOTALL):
        assert re.fullmatch(r"<data [^>]*>[^<]*</data>", cell.strip()) or cell.strip() == "–", cell


def test_every_decimal_in_words_and_hints_is_a_rounding_of_a_csv_figure(
    parsed: Page, files: dict[str, pd.DataFrame], written: reports.Written
) -> None:
    numbers = [
        float(value)
        for frame in files.values()
        for column in frame.columns
        for value in frame[column].unique()
        if re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", value)
    ]
    known = {f"{abs(v):.{d}f}" for v in numbers for d in (1, 2, 3)}
    known |= {f"{abs(100 * v):.1f}" for v in numbers}
    level = written.tables.level
    settings = [100 * level.confidence, 100 * level.alpha, 0.001, 100 - 200 * level.alpha]
    told = " ".join(words(finding) for finding in written.tables.findings)
    known |= {f"{value:g}" for value in settings} | set(re.findall(r"\d+\.\d+", told))
    for section, text in parsed.visible:
        if section != "settings":
            for number in re.findall(r"(?<![\w.])\d+\.\d+(?![\w.]*\.)", text):
                assert number in known, (number, text)


def test_the_conclusion_is_the_heading_word_for_word(
    parsed: Page, written: reports.Written, html: str
) -> None:
    heading = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    assert heading
    words = "".join(text for _, text in Page(heading[1]).visible)
    assert words == written.tables.conclusion.sentence
    everything = " ".join(text for _, text in parsed.visible)
    assert all(remark in everything for remark in written.tables.conclusion.remarks)


def test_the_first_screen_says_what_to_keep_to_drop_and_to_do_next(html: str) -> None:
    tiles = re.search(r'<dl class="tiles">(.*?)</dl>', html, re.DOTALL)
    assert tiles
    text = " ".join("".join(t for _, t in Page(tiles[1]).visible).split())
    assert re.search(r"Keep\s*flips\s*▲ better, \+\d+\.\d points \(\+.* to \+.*\) against", text)
    assert re.search(r"[\d.]+ s a trial", text)
    assert re.search(
        r"Drop\s*cost accuracy: tutorial \(-\d+\.\d\)\s*make no difference .*: tie", text
    )
    assert re.search(r"Next\s*Settle .* with \d+ seeds: \d+ trials, about \d+ minutes?\.", text)
    assert re.search(r"augbench compare --config \S+/experiment.toml --out \S+ --seeds \d+$", text)


def test_pictures_of_every_policy_stand_before_the_first_table(html: str) -> None:
    look = html[html.index('<section id="glance"') : html.index('<section id="accuracy"')]
    assert "<svg" in look
    rows = re.findall(r'<tr data-policy="\d+"><th scope="row">([^<]+)</th>(.*?)</tr>', look, re.S)
    assert [name for name, _ in rows] == [
        "none",
        "flips",
        "tutorial",
        "tie",
        "gan(factor=3)",
        "broken",
    ]
    for name, cells in rows:
        assert f'alt="the same image under {name}' in cells
        assert " taken for " in cells
    flips = dict(rows)["flips"]
    assert "hat taken for shoe" in flips


def test_every_section_of_the_issue_has_its_picture_and_its_table(html: str) -> None:
    for name in ("accuracy", "overfitting", "curves", "classes", "examples", "cost", "noise"):
        section = re.search(rf'<section id="{name}".*?</section>', html, re.DOTALL)
        assert section, name
        assert "<table" in section[0], name
        assert ("<svg" in section[0] or "<img" in section[0]) or name == "noise"
    for region in ("helps", "learns less", "overfits less but no gain", "harmful"):
        assert html.count(region) >= 2


def test_links_lead_to_places_on_the_page(parsed: Page) -> None:
    ids = [a["id"] for _, a in parsed.tags if "id" in a]
    assert len(ids) == len(set(ids))
    targets = {a["href"] for tag, a in parsed.tags if tag == "a"}
    assert {target for target in targets if not str(target).endswith(".csv")} <= {
        f"#{name}" for name in ids
    }


def test_every_table_links_to_the_files_that_hold_it(
    parsed: Page, written: reports.Written
) -> None:
    linked = {a["href"] for tag, a in parsed.tags if tag == "a" and "href" in a}
    assert {f"{name}.csv" for name in ("accuracy", "trials", "per_class", "cost")} <= linked
    for target in linked:
        assert str(target).startswith("#") or (written.folder / str(target)).is_file()


def test_every_picture_says_what_it_shows(parsed: Page) -> None:
    pictures = [a for tag, a in parsed.tags if tag == "img"]
    assert pictures
    assert all(a.get("alt") for a in pictures)
    charts = [a for tag, a in parsed.tags if tag == "svg"]
    assert len(charts) >= 10
    assert all(a.get("role") == "img" and a.get("aria-label") for a in charts)


def test_nothing_is_asked_of_any_other_address(parsed: Page, html: str) -> None:
    for tag, attributes in parsed.tags:
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            if tag == "a" and re.fullmatch(r"\w+\.csv", str(attributes.get(name, ""))):
                continue
            assert str(attributes.get(name, "#")).startswith(("#", "data:")), attributes
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)


def test_names_that_are_code_stay_text(evil: reports.Written) -> None:
    html = (evil.folder / "report.html").read_text(encoding="utf-8")
    parsed = Page(html)
    text = " ".join(text for _, text in parsed.visible)
    assert EVIL in text
    assert EVIL_POLICY in text
    assert "{{ 7 * 7 }}" in text
    assert [tag for tag, _ in parsed.tags].count("script") == 1
    assert not any("onerror" in attributes for _, attributes in parsed.tags)
    assert not any(a.get("src") == "x" for _, a in parsed.tags)


def test_the_templates_are_where_a_wheel_has_them() -> None:
    folder = resources.files("augbench.reports").joinpath("templates")
    names = {entry.name for entry in folder.iterdir()}
    assert {"page.html.j2", "macros.html.j2", "style.css", "script.js"} <= names


@pytest.mark.parametrize(
    "case", ["nothing run", "all failed", "no baseline", "one seed", "baseline only", "one epoch"]
)
def test_a_run_with_little_in_it_still_makes_a_whole_page(tmp_path: Path, case: str) -> None:
    grid = [(label, seed) for label in ("none", "flips") for seed in range(2)]
    options = {
        "nothing run": {"missing": grid},
        "all failed": {"failed": grid},
        "no baseline": {"failed": grid[:2]},
        "one seed": {"seeds": 1},
        "baseline only": {"policies": {"none": 0.0}},
        "one epoch": {"epochs": 1},
    }[case]
    made = {"seeds": 2, "n_test": 40, "pictures": False, "error": "out of memory", **options}
    make_run(tmp_path / "run", **made)  # type: ignore[arg-type]
    found = tables(load(tmp_path / "run"))
    parsed = Page(page(found))
    text = "".join(text for _, text in parsed.visible)
    assert found.conclusion.sentence in text
    assert "nan" not in text.lower().split()


def test_forty_policies_a_thousand_classes_and_a_hundred_epochs_make_a_small_page(
    tmp_path: Path,
) -> None:
    make_run(
        tmp_path / "run",
        {f"policy {number}(p={number / 100})": (number - 20) / 200 for number in range(39)},
        seeds=3,
        n_test=500,
        classes=[f"class {number}" for number in range(1000)],
        epochs=100,
        accuracy=0.5,
        pictures=False,
    )
    found = tables(load(tmp_path / "run"))
    with not_hanging():
        html = page(found)
    assert len(html.encode()) < 5_000_000
    parsed = Page(html)
    assert len([tag for tag, _ in parsed.tags if tag == "svg"]) <= 30
    assert "per_class.csv" in html


def test_pictures_of_many_policies_leave_the_page_under_five_megabytes(
    written: reports.Written, tmp_path: Path
) -> None:
    import numpy as np

    folder = make_run(tmp_path / "run", {f"p{n}": 0.0 for n in range(20)}, seeds=1, n_test=40)
    noise = np.random.default_rng(0).integers(0, 256, (8, 128, 128, 3), dtype=np.uint8)
    for place in folder.glob("trials/*/pictures.npz"):
        shifted = np.stack([np.roll(noise, n, axis=2) for n in (1, 2, 3)])
        np.savez(place, originals=noise, labels=np.arange(8) % 4, augmented=shifted, added=noise)
    html = page(tables(load(folder)))
    assert 1_000_000 < len(html.encode()) < 5_000_000
