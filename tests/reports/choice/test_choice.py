"""Do the files of a search show its figures, and names as text, whatever its state?"""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from augbench.reports import choice
from augbench.reports.choice.charts.path import path
from augbench.reports.choice.reader import read
from rich.console import Console

from augbench.csv_text import unguarded
from augbench.errors import ReportError
from tests.reports.choice.making_choices import EFFECTS, load_images, make_choice
from tests.reports.chromium import Browser
from tests.reports.conftest import EVIL, EVIL_MARKDOWN

SVG = "{http://www.w3.org/2000/svg}"
GAIN = (0.021, 0.004, 0.038)
MANY = {f"{name} {n}": 0.002 * n for name in ("flip", "zoom", "shift", "turn") for n in range(6)}
LONG = "Neues Palais, Kolonnade und Triumphbogen, von Norden gesehen"
#: name -> what `make_choice` is asked for
STATES: dict[str, dict[str, Any]] = {
    "better": {"gain": GAIN},
    "nothing": {"kind": "nothing", "winner": "none", "within": 0.009, "gain": (0.0, -0.009, 0.009)},
    "racing": {"sizes": (100, 5), "fresh": 0, "kind": "likely", "state": "racing"},
    "two seeds": {"fresh": 2, "state": "confirming", "kind": "likely"},
    "many": {"effects": MANY, "sizes": (100, 9, 6, *(2,) * 20), "failed": [("zoom 3", 0)]},
    "no race": {"sizes": (), "fresh": 0, "kind": "nothing", "state": "racing"},
    "loss": {"objective": "loss", "gain": GAIN},
    "evil": {
        "effects": {EVIL: 0.02, EVIL_MARKDOWN: 0.01, "[red]x[/red]\x1b[31m": 0.0, "p" * 300: -0.1},
        "new": {},
        "struck": {"<b>": [(LONG, "</style><script>alert(3)</script>", 0.0, 0.5)]},
        "dataset": f"{EVIL}.zip",
        "warnings": ["unreadable: </script><script>alert(4)</script>.png"],
        "code": {"keras": "'''</code>```{{ 7 * 7 }}<script>alert(5)</script>'''"},
        "command": f"augbench choose --data '{EVIL}' `x`",
    },
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, clothing: Path) -> dict[str, choice.Written]:
    """A search in each state, its report written."""
    images = load_images(clothing / "train")
    root = tmp_path_factory.mktemp("searches")
    return {
        name: choice.write(make_choice(root / str(at), images=images, **asked))
        for at, (name, asked) in enumerate(STATES.items())
    }


def html(one: choice.Written) -> str:
    return (one.folder / "report.html").read_text(encoding="utf-8")


def tried(one: choice.Written) -> pd.DataFrame:
    return pd.read_csv(one.folder / "choose.csv").set_index("policy")


def printed(one: choice.Written, width: int) -> str:
    stream = io.StringIO()
    choice.print_terminal(one.choice, Console(file=stream, width=width))
    return stream.getvalue()


def test_the_files_of_a_search(written: dict[str, choice.Written]) -> None:
    for one in written.values():
        names = ["choose.csv", "report.md", "report.html"]
        assert [file.name for file in one.files] == names
        assert all(file.is_file() for file in one.files)


def test_the_table_says_what_became_of_each_and_why(written: dict[str, choice.Written]) -> None:
    table = tried(written["better"])
    assert list(table.reset_index().columns) == [
        "policy", "kind", "families", "trials", "first_block", "last_block", "seconds",
        "gain_mean", "gain_sd", "affinity", "outcome", "reason", "idea",
    ]  # fmt: skip
    assert table.loc["flip + rotation 15°", "outcome"] == "chosen"
    won = "+2.1 points (0.4 to 3.8) on 5 fresh seeds"
    assert unguarded(table.loc["flip + rotation 15°", "reason"]) == won
    assert table.loc["vertical flip", "outcome"] == "struck out"
    assert table.loc["vertical flip", "reason"] == "b turns into p"
    assert table.loc["mixup", "outcome"] == "dropped"
    assert table.loc["mixup", "reason"] == "behind after 1 block"
    assert table.loc["none", "kind"] == "baseline"
    assert table.loc["none", "trials"] == 6
    stored = json.loads((written["better"].folder / "choose.json").read_text(encoding="utf-8"))
    for one in stored["estimates"]:
        assert table.loc[one["policy"], "gain_mean"] == pytest.approx(one["mean"], rel=1e-12)
    assert set(tried(written["no race"])["outcome"]) == {"struck out", "not tried"}


def test_a_simpler_one_that_is_as_good_is_the_reason_against_the_best(tmp_path: Path) -> None:
    asked = make_choice(tmp_path, gain=GAIN, winner="flip", tutorial=None, sizes=(100, 5, 5))
    table = tried(choice.write(asked))
    assert table.loc["flip + rotation 15° + shift 10%", "reason"] == "a simpler one is as good"


def test_a_failure_is_the_reason_of_what_failed(written: dict[str, choice.Written]) -> None:
    reason = tried(written["many"]).loc["zoom 3", "reason"]
    assert reason == "failed in every block: RuntimeError: the loss became NaN in epoch 3"


def test_the_page_is_one_file_that_asks_for_nothing(written: dict[str, choice.Written]) -> None:
    for one in written.values():
        text = html(one)
        assert "default-src 'none'" in text
        for address in re.findall(r'(?:src|href)="([^"]*)"', text):
            assert address.startswith(("#", "data:")) or address == "choose.csv"


def test_names_stay_text_on_the_page(written: dict[str, choice.Written]) -> None:
    text = html(written["evil"])
    assert not re.search(r"<script>\s*alert", text)
    assert "{{ 7 * 7 }}" in text
    assert "<b><" not in text


def test_names_stay_text_in_markdown(written: dict[str, choice.Written]) -> None:
    text = (written["evil"].folder / "report.md").read_text(encoding="utf-8")
    outside = re.sub(r"(?s)(`+).*?\1", "", text)
    assert "<script" not in outside.replace("\\<", "")
    assert "````python" in text  # a longer fence than the code has


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_terminal_shows_the_answer_first_and_no_control_characters(
    written: dict[str, choice.Written], width: int
) -> None:
    for name, one in written.items():
        text = printed(one, width)
        assert "\x1b" not in text
        assert all(len(line) <= width for line in text.splitlines()), name
    assert printed(written["better"], width).split()[:4] == ["Use", "flip", "+", "rotation"]


def test_the_path_has_a_mark_in_each_block_in_which_a_candidate_took_part(
    written: dict[str, choice.Written],
) -> None:
    one = written["better"].choice
    root = ElementTree.fromstring(path(one))
    titles = [title.text or "" for title in root.iter(f"{SVG}title")]
    for label, places in one.taking_part.items():
        name = "no augmentation" if label == "none" else label
        marks = [title for title in titles if title.startswith(f"{name}, block ")]
        assert len(marks) == len(places), label
    assert "flip + rotation 15°: +2.1 points (0.4 to 3.8), better" in titles
    assert "vertical flip: b turns into p" in titles


def test_a_long_path_keeps_the_winner_and_what_was_confirmed(tmp_path: Path) -> None:
    effects = {f"policy {n}": 0.03 - 0.001 * n for n in range(60)}
    one = read(make_choice(tmp_path, effects, {}, sizes=(100, 4), winner="policy 55"))
    words = "".join(ElementTree.fromstring(path(one)).itertext())
    assert "policy 55" in words
    assert "no augmentation" in words


def test_there_is_a_picture_of_each_danger_and_look(written: dict[str, choice.Written]) -> None:
    text = html(written["better"])
    assert text.count('alt="b under vertical flip, taken for p"') == 2 + 8  # on top, and below
    assert text.count('alt="the same image under flip + rotation 15°"') == 6


def test_the_code_and_the_command_can_be_copied(written: dict[str, choice.Written]) -> None:
    text = html(written["better"])
    assert text.count('<details class="script"') == 3
    visible = re.sub("<[^>]+>", "", text)
    assert "augbench choose --data photos/ --budget 1h --out results" in visible


def test_a_notebook_and_python_have_the_answer(written: dict[str, choice.Written]) -> None:
    one = written["better"].choice
    assert choice.text(one).startswith("Use flip + rotation 15°: +2.1 points")
    cell = choice.notebook(one)
    assert "<script" not in cell
    assert "+2.1 points (0.4 to 3.8)" in cell
    assert len(choice.tried(one)) == 1 + len(one.candidates)
    assert "<script" not in choice.notebook(written["evil"].choice)


def test_a_report_can_be_written_again(tmp_path: Path) -> None:
    folder = make_choice(tmp_path, EFFECTS, gain=GAIN)
    choice.write(folder)
    first = (folder / "report.html").read_bytes()
    choice.write(folder)
    assert (folder / "report.html").read_bytes() == first
    assert choice.is_search(folder)
    with pytest.raises(ReportError):
        choice.write(tmp_path / "nowhere")


@pytest.mark.parametrize(("width", "dark"), [(400, False), (1300, True)])
def test_the_page_opens_without_complaint_request_or_sideways_scrolling(
    browser: Browser, written: dict[str, choice.Written], width: int, dark: bool
) -> None:
    for name in ("better", "nothing", "racing", "many", "no race", "evil"):
        file = written[name].folder / "report.html"
        browser.open(file, width, dark=dark)
        assert browser.problems == [], name
        assert browser.requests == [file.resolve().as_uri()], name
        assert browser.ask("document.documentElement.scrollWidth") <= width, name


def test_the_answer_stands_on_the_first_screen(
    browser: Browser, written: dict[str, choice.Written]
) -> None:
    browser.open(written["better"].folder / "report.html", 1300)
    for selector in ("h1", ".t-keep", ".t-drop", ".t-next"):
        end = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect().bottom"
        assert browser.ask(end) < 700, selector


def test_every_label_of_a_chart_lies_inside_its_chart(
    browser: Browser, written: dict[str, choice.Written]
) -> None:
    for name in ("better", "many", "evil"):
        browser.open(written[name].folder / "report.html", 1600)
        outside = browser.ask(
            """[...document.querySelectorAll('svg text')].filter(text => {
                const box = text.ownerSVGElement.getBoundingClientRect();
                const at = text.getBoundingClientRect();
                return at.left < box.left - 1 || at.right > box.right + 1;
            }).map(text => text.textContent)"""
        )
        assert outside == [], name


def test_what_a_script_copies_is_the_whole_script(
    browser: Browser, written: dict[str, choice.Written]
) -> None:
    browser.open(written["better"].folder / "report.html", 1300)
    shown = browser.ask(
        "[...document.querySelectorAll('.script .copy')].map(block =>"
        " [block.querySelector('button').textContent, block.querySelector('code').textContent])"
    )
    codes = written["better"].choice.code
    assert sorted(code for _, code in shown) == sorted(codes.values())
    assert {button for button, _ in shown} == {"copy"}
