"""Does `augbench preview` write and show its sheet where it was asked to, all names as text?"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.bench.cli import main
from PIL import Image

from tests.bench.sheets.making_sheets import Page

SCRIPT = "<script>alert(1)</script>"


def run(*arguments: Any) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["preview", *map(str, arguments)])
    assert isinstance(stop.value.code, int)
    return stop.value.code


def test_names_stay_text_in_html_and_nothing_is_requested(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    with (tmp_path / "list.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label"])
        for number in range(20):
            name = f"{number}<img src=x onerror=alert(1)>.png"
            Image.fromarray(rng.integers(0, 256, (12, 12), np.uint8)).save(tmp_path / name)
            rows.writerow([name, SCRIPT if number % 2 else "b"])
    out = tmp_path / "sheet.html"
    policy = f"{SCRIPT}=albumentations"
    assert run(policy, "--data", tmp_path / "list.csv", "--images", 4, "--out", out) == 0
    page = Page(out.read_text(encoding="utf-8"))
    assert "script" not in page.tags and page.tags.count("img") == 4 + 3 * 4
    assert page.text.count(SCRIPT) >= 3  # a class twice, and the policy
    assert any(SCRIPT in said for said in page.alternatives)
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    assert not re.search(r"(src|href)=\"?(https?:|//)", out.read_text(encoding="utf-8"))


def test_the_command_writes_a_png_and_tells_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = ("albumentations", "trivialaugment", "--train-size", 40, "--images", 2, "--draws", 1)
    assert run(*told) == 0
    assert capsys.readouterr().out.strip() == "preview.png"
    with Image.open("preview.png") as picture:
        assert picture.format == "PNG"


def test_the_terminal_is_used_only_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    told = ("albumentations", "--train-size", 40, "--images", 2, "--terminal", "--quiet")
    assert run(*told) == 2
    assert "not a terminal" in capsys.readouterr().err
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run(*told) == 0
    assert "▀" in capsys.readouterr().out
    assert not Path("preview.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--out", "sheet.gif"], ".png or .html"),
        (["albumentatoins"], "did you mean 'albumentations'"),
        (["albumentations(pp=1)"], "has no option 'pp'"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments, "--quiet") == 2
    said = capsys.readouterr().err
    assert words in said and len(said.strip().splitlines()) == 1
