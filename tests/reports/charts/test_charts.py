"""Do the charts draw what the tables say, as markup that a page can hold safely?"""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from augbench.reports.charts.accuracy import effects, seeds
from augbench.reports.charts.cost import seconds
from augbench.reports.charts.curves import SERIES, curves, domain_of
from augbench.reports.charts.gap_against_accuracy import gap_against_accuracy
from augbench.reports.charts.svg import safe_text, short_label

SVG = "{http://www.w3.org/2000/svg}"
PLACES = {"none": 0, "flips": 1, "tutorial": 2}


def titles(svg: str) -> dict[str, str]:
    """The hints of a chart's marks, by text, with the place of the policy that they belong to."""
    found = {}
    for element in ElementTree.fromstring(svg).iter():
        title = element.find(f"{SVG}title")
        if title is not None and title.text:
            found[title.text] = element.get("data-policy", "")
    return found


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.fixture
def accuracy() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "policy": ["flips", "none", "tutorial"],
            "delta_mean": [0.049, np.nan, -0.09],
            "delta_low": [0.021, np.nan, -0.13],
            "delta_high": [0.077, np.nan, -0.05],
            "gap_delta": [-0.02, np.nan, -0.2],
            "verdict": ["better", "baseline", "worse"],
        }
    )


@pytest.fixture
def trials() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "policy": ["none", "none", "flips", "flips"],
            "seed": [0, 1, 0, 1],
            "status": ["done", "done", "done", "failed"],
            "test_accuracy": [0.8, 0.7, 0.9, np.nan],
            "seconds": [3.0, 4.0, 5.0, 6.0],
        }
    )


def test_each_policy_has_a_mark_that_says_its_difference_interval_and_verdict(
    accuracy: pd.DataFrame,
) -> None:
    found = titles(effects(accuracy, 0.01, "none", PLACES))
    assert found["flips: +4.9 points (+2.1 to +7.7), better"] == "1"
    assert found["tutorial: -9.0 points (-13.0 to -5.0), worse"] == "2"
    assert found["none: the baseline"] == "0"


def test_the_marks_stand_in_proportion_to_the_differences(accuracy: pd.DataFrame) -> None:
    root = ElementTree.fromstring(effects(accuracy, 0.01, "none", PLACES))
    place = {}
    for element in root.iter(f"{SVG}path"):
        title = element.find(f"{SVG}title")
        if title is not None and "translate" in element.get("transform", ""):
            across = re.search(r"translate\(([\d.-]+)", element.get("transform", ""))
            assert across
            place[str(title.text).split(":")[0]] = float(across[1])
    right, left = place["flips"] - place["none"], place["none"] - place["tutorial"]
    assert right / left == pytest.approx(4.9 / 9.0, rel=0.02)


def test_an_interval_beyond_all_possible_differences_does_not_squeeze_the_rest(
    accuracy: pd.DataFrame,
) -> None:
    wide = accuracy.assign(delta_low=[-5.0, np.nan, -6.0], delta_high=[5.0, np.nan, 6.0])
    ticks = [text for text in texts(effects(wide, 0.01, "none", PLACES)) if text[1:].isdigit()]
    assert ticks, texts(effects(wide, 0.01, "none", PLACES))
    assert max(int(text[1:]) for text in ticks) <= 100


def test_a_single_wide_interval_is_cut_with_an_arrow_and_leaves_the_rest_their_room() -> None:
    names = ["none", "flips", "tutorial"]
    table = pd.DataFrame(
        {
            "policy": names,
            "delta_mean": [np.nan, 0.02, 0.01],
            "delta_low": [np.nan, -0.01, -0.7],
            "delta_high": [np.nan, 0.05, 0.25],
            "verdict": ["baseline", "inconclusive", "inconclusive"],
        }
    )
    root = ElementTree.fromstring(effects(table, 0.01, "none", PLACES))
    hints = [
        title.text
        for element in root.iter()
        if (title := element.find(f"{SVG}title")) is not None and "-70.0" in str(title.text)
    ]
    # its bar, its point, and an arrow at either end; the words keep the whole interval
    assert hints == ["tutorial: +1.0 points (-70.0 to +25.0), inconclusive"] * 4
    numbers = [text for text in texts(effects(table, 0.01, "none", PLACES)) if text[1:].isdigit()]
    assert max(int(text[1:]) for text in numbers) <= 15
    calm = table.assign(delta_low=[np.nan, -0.01, -0.03], delta_high=[np.nan, 0.05, 0.04])
    found = re.findall("tutorial: [+]1.0 points", effects(calm, 0.01, "none", PLACES))
    assert len(found) == 2


def test_each_seed_has_a_dot_that_says_both_accuracies(trials: pd.DataFrame) -> None:
    found = titles(seeds(trials, ["flips", "none"], "none", PLACES))
    assert found["flips, seed 0: 90.0% (none: 80.0%)"] == "1"
    assert "none, seed 1: 70.0%" in found
    assert not any("flips, seed 1" in text for text in found)


def test_the_line_of_a_seed_ends_where_the_dot_of_the_baseline_stands(
    trials: pd.DataFrame,
) -> None:
    root = ElementTree.fromstring(seeds(trials, ["flips", "none"], "none", PLACES))
    ends, dots = {}, {}
    for element in root.iter():
        title = element.find(f"{SVG}title")
        at = re.search(r"translate\(([\d.-]+)", element.get("transform", ""))
        if title is None or at is None:
            continue
        name = str(title.text).split(":")[0]
        if element.tag == f"{SVG}line":
            ends[name] = {float(at[1]), float(at[1]) + float(element.get("x2", 0))}
        else:
            dots[name] = float(at[1])
    here, there = dots["flips, seed 0"], dots["none, seed 0"]
    assert here > there
    assert sorted(ends["flips, seed 0"]) == pytest.approx([there, here], abs=0.02)


def test_the_plane_names_its_four_regions_and_its_points(accuracy: pd.DataFrame) -> None:
    svg = gap_against_accuracy(accuracy, 0.01, "none")
    found = texts(svg)
    for region in ("helps", "overfits less but no gain", "learns less", "harmful"):
        assert region in found
    assert {"flips", "tutorial", "none"} <= set(found)
    assert "tutorial: accuracy -9.0, gap -20.0 points" in titles(svg)


def test_forty_points_in_one_place_do_not_pile_up_forty_names() -> None:
    table = pd.DataFrame(
        {
            "policy": [f"p{n}" for n in range(40)],
            "gap_delta": 0.0,
            "delta_mean": 0.0,
            "verdict": "equivalent",
        }
    )
    assert (
        sum(text.startswith("p") for text in texts(gap_against_accuracy(table, 0.01, "none"))) <= 12
    )


def test_curves_have_a_line_and_a_band_for_each_of_three_series() -> None:
    rows = [
        {"policy": "flips", "seed": seed, "epoch": epoch}
        | {f"{s}_accuracy": 0.5 + 0.01 * epoch + 0.1 * seed for s in SERIES.values()}
        for seed in range(3)
        for epoch in range(1, 5)
    ]
    table = pd.DataFrame(rows)
    svg = curves(table, "flips", 1, "accuracy", domain_of(table, "accuracy"))
    for variable in ("--clean", "--augmented", "--validation"):
        assert f'fill="var({variable})"' in svg
        assert f'stroke="var({variable})"' in svg


@pytest.mark.parametrize("losses", [[1.0, np.inf], [np.nan, np.nan], [0.0, 0.0]])
def test_losses_that_are_endless_missing_or_zero_still_have_an_axis(losses: list[float]) -> None:
    table = pd.DataFrame({f"{s}_loss": losses for s in SERIES.values()})
    low, high = domain_of(table, "loss")
    assert np.isfinite([low, high]).all()
    assert low < high


def test_seconds_of_failed_trials_are_shown_too(trials: pd.DataFrame) -> None:
    found = titles(seconds(trials, ["none", "flips"]))
    assert found["flips, seed 1: 6.00 s"] == "1"
    assert len(found) == 4


def test_colours_are_variables_of_the_page_so_that_dark_and_print_apply(
    accuracy: pd.DataFrame,
) -> None:
    svg = effects(accuracy, 0.01, "none", PLACES)
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg)) - {"none", "transparent"}
    assert all(colour.startswith("var(--") for colour in colours), colours


@pytest.mark.parametrize(
    "name", ["<script>", "a & b", "\x00\x1b[31m", "\ud800", "x" * 5000, "ab\n"]
)
def test_any_name_gives_well_formed_markup_without_scripts(name: str) -> None:
    table = pd.DataFrame(
        {
            "policy": pd.Series([name, "none"], dtype=object),
            "delta_mean": [0.1, np.nan],
            "delta_low": np.nan,
            "delta_high": np.nan,
            "verdict": ["inconclusive", "baseline"],
        }
    )
    root = ElementTree.fromstring(effects(table, 0.01, name, {name: 0, "none": 1}))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "g", "path", "line", "text", "rect", "title", "defs", "clipPath"),
    }


def test_long_names_keep_both_ends_and_stay_apart() -> None:
    names = [f"albumentations(pipeline='a long file name.json', p={p})" for p in (0.25, 0.75)]
    labels = [short_label(name) for name in names]
    assert all(len(label) == 30 for label in labels)
    assert labels[0] != labels[1]
    assert labels[0].startswith("albumentations") and labels[0].endswith("p=0.25)")


def test_text_for_charts_is_one_line_that_xml_can_hold() -> None:
    assert safe_text("a\n\tb\x07") == "a b\ufffd"
    assert len(safe_text("x" * 500)) == 80
