"""What a comparison returns: tables as files, and an object that shows itself."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import augbench.bench.api.result
import pytest

import augbench
from augbench import reports
from augbench.errors import ReportError
from tests.bench.running import run_here
from tests.reports.making_runs import make_run

CODE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with a clear winner, a failed trial and a label that is code."""
    folder = tmp_path_factory.mktemp("made") / "run"
    effects = {"flips": 0.12, CODE: -0.05, "broken": 0.0}
    return make_run(
        folder, effects, n_test=400, seed_sd=0.003, image_sd=0.01, failed=[("broken", 1)]
    )


@pytest.fixture(scope="module")
def written(made: Path) -> reports.Written:
    """The same run with its reports."""
    return reports.write(made)


@pytest.mark.parametrize(
    "name", ["accuracy", "overfitting", "trials", "curves", "pairs", "per_class", "cost"]
)
def test_its_tables_are_the_files(written: reports.Written, name: str) -> None:
    table = getattr(augbench.load(written.folder), name)
    file = written.folder / f"{name}.csv"
    assert table.to_csv(index=False, lineterminator="\n") == file.read_text(encoding="utf-8")


def test_loading_writes_nothing_and_refuses_what_is_no_run(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", seeds=3)
    before = sorted(folder.rglob("*"))
    assert augbench.load(str(folder)).synthetic is None
    assert sorted(folder.rglob("*")) == before
    with pytest.raises(ReportError, match="is no run folder"):
        augbench.load(tmp_path)


def test_its_text_is_what_the_command_line_ends_with(
    written: reports.Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(augbench.bench.api.result, "TERMINAL_WIDTH", 200)
    out, _ = run_here("report", str(written.folder), folder=written.folder)
    result = augbench.load(written.folder)
    assert result.conclusion.startswith("Use flips: +")

    def words(text: str) -> list[str]:
        return [word for word in text.split() if "─" not in word]

    assert words(repr(result)) == words(out)


class _Document(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_notebook_shows_conclusion_chart_and_table_and_names_stay_text(made: Path) -> None:
    result = augbench.load(made)
    page = result._repr_html_()
    document = _Document()
    document.feed(page)
    assert "script" not in document.elements and CODE in document.text
    assert not [name for name, _ in document.attributes if name.startswith("on") or name == "src"]
    assert result.conclusion in document.text
    for cell in ("flips", "broken", "▲ better", "test accuracy", "verdict"):
        assert cell in document.text, cell
    svg = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])
    marks = [title.text or "" for title in svg.iter("{http://www.w3.org/2000/svg}title")]
    assert any(text.startswith("flips: +") for text in marks)
    assert len(page) < 60_000
