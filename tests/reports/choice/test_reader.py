"""Is a search read as it was written, whole or in part, and is what is broken said in a line?"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.reports.choice.choice import BASELINE
from augbench.reports.choice.reader import read

from augbench.errors import ReportError
from tests.reports.choice.making_choices import make_choice


def test_a_search_is_read_as_it_was_written(tmp_path: Path) -> None:
    choice = read(make_choice(tmp_path, gain=(0.021, 0.004, 0.038)))
    assert choice.done
    assert choice.winner == choice.answer.policy == "flip + rotation 15°"
    assert choice.result is not None
    assert (choice.result.mean, choice.result.low, choice.result.high) == (0.021, 0.004, 0.038)
    assert choice.screened["vertical flip"].turned[0].target == "p"
    assert choice.taking_part[BASELINE] == [0, 1, 2, 3, 4, 5]
    assert choice.taking_part["flip + rotation 15°"] == [1, 2, 3, 4, 5]


def test_a_gain_of_a_block_is_the_difference_to_the_baseline_in_it(tmp_path: Path) -> None:
    choice = read(make_choice(tmp_path, failed=[("zoom 15%", 0)]))
    figures = {(one.policy, one.seed): one.figure for one in choice.trials}
    assert choice.gain("flip", 0) == figures["flip", 0] - figures["none", 0]
    assert choice.gain(BASELINE, 2) == 0
    assert math.isnan(choice.gain("zoom 15%", 0))


def test_what_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    (tmp_path / "choose.json").write_text('{"schema_version": 1, "decided": {}, "budget": 60.0}')
    choice = read(tmp_path)
    assert not choice.done
    assert choice.candidates == choice.blocks == choice.trials == ()
    assert choice.confirm is None
    assert math.isnan(choice.answer.within)
    assert choice.pictures == {}


def test_numbers_that_are_null_or_not_finite_are_nan(tmp_path: Path) -> None:
    folder = make_choice(tmp_path, fresh=2)
    text = (folder / "choose.json").read_text(encoding="utf-8")
    (folder / "choose.json").write_text(text.replace('"within": null', '"within": NaN'))
    choice = read(folder)
    assert choice.result is not None
    assert math.isnan(choice.result.low)
    assert math.isnan(choice.answer.within)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"schema_version": 2}, "schema_version 2, not 1"),
        ({"budget": "long"}, "budget is no number: 'long'"),
        ({"jobs": True}, "jobs is no whole number: True"),
        ({"blocks": {}}, None),
        ({"blocks": [1]}, "blocks[0] is no object: 1"),
        ({"blocks": [{"seed": "x"}]}, "blocks[0]: seed is no whole number: 'x'"),
        ({"candidates": [{"family": []}]}, "candidates[0] has no label"),
        ({"screen": [{"label": "a", "turned": 3}]}, "screen[0]: turned is no list: 3"),
        ({"answer": {"kind": "best"}}, "answer: kind is none of better, likely, nothing: 'best'"),
        ({"confirm": {"seeds": ["a"]}}, "seeds is no list of whole numbers: 'a'"),
        ({"summary": 4}, "summary is no object: 4"),
    ],
)
def test_what_is_broken_is_said_in_a_line_with_its_place(
    tmp_path: Path, changed: dict[str, Any], said: str | None
) -> None:
    folder = make_choice(tmp_path, **changed)
    if said is None:
        assert read(folder).blocks == ()
        return
    with pytest.raises(ReportError) as error:
        read(folder)
    assert said in str(error.value)
    assert str(folder / "choose.json") in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_of_no_search_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="name a folder that augbench choose wrote"):
        read(tmp_path)
    (tmp_path / "choose.json").write_text("{")
    with pytest.raises(ReportError, match="cannot be read as JSON"):
        read(tmp_path)


def test_pictures_of_another_form_are_left_out_and_unreadable_ones_cost_a_warning(
    tmp_path: Path,
) -> None:
    folder = make_choice(tmp_path, images=np.zeros((3, 8, 8, 3), np.uint8))
    arrays = {"originals": np.zeros((3, 8, 8, 3)), "looks 0": np.zeros((2, 8, 8, 1), np.uint8)}
    np.savez(folder / "choose.npz", **arrays)
    assert set(read(folder).pictures) == {"looks 0"}
    (folder / "choose.npz").write_bytes(b"no archive")
    with pytest.warns(UserWarning, match="cannot be read as plain arrays"):
        assert read(folder).pictures == {}


def test_the_full_report_is_named_where_it_is_there(tmp_path: Path) -> None:
    folder = make_choice(tmp_path, full_report="confirm/report.html")
    assert read(folder).full_report == ""
    (folder / "confirm").mkdir()
    (folder / "confirm/report.html").touch()
    assert read(folder).full_report == "confirm/report.html"


def test_what_a_newer_search_adds_does_not_matter(tmp_path: Path) -> None:
    folder = make_choice(tmp_path, study="x", decided={"length": {"epochs": 3}})
    content = json.loads((folder / "choose.json").read_text(encoding="utf-8"))
    content["candidates"][0]["new"] = 1
    (folder / "choose.json").write_text(json.dumps(content), encoding="utf-8")
    assert read(folder).candidates[0].label == "flip"
