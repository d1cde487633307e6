"""Do reasons say what was seen of the data, and does the order of the race follow?"""

from __future__ import annotations

from dataclasses import replace

from augbench.bench.search.candidates.catalogue import singles, strengths
from augbench.bench.search.data_look.summary import DataSummary

PLAIN = DataSummary(500, 100, 100, 5, 90, 120, 64, 64, False, None, 0.1, 0.9, 0)
SEEN = replace(PLAIN, told_mirrored=0.52, told_upside_down=0.93, light=24.4)


def test_what_a_linear_model_can_tell_is_in_the_reason_and_in_the_order() -> None:
    by_label = {one.label: one for one in singles(SEEN)}
    assert "hardly tells these images" in by_label["flip"].reason
    assert "52% of them mirrored, 50% is chance" in by_label["flip"].reason
    assert by_label["vertical flip"].reason.startswith("seen from above there is no up; but a")
    labels = list(by_label)
    assert labels.index("flip") < labels.index("erasing 33%") < labels.index("vertical flip")
    told = [one.label for one in singles(replace(SEEN, told_mirrored=0.8))]
    assert told.index("flip") > told.index("erasing 33%")


def test_light_is_of_pictures_and_the_middle_of_drawings() -> None:
    photos = {one.label: one.reason for one in singles(SEEN)}
    assert photos["brightness 25%"].endswith("the mean level of these varies by 24 of 255")
    drawings = replace(SEEN, border=255, off_centre=0.08)
    of_drawings = {one.label: one for one in singles(drawings)}
    assert of_drawings["shift 10%"].reason.endswith("varies by 8% of the side")
    assert of_drawings["brightness 25%"].reason == "light changes"
    stronger = strengths(of_drawings["shift 10%"], drawings)
    assert all("8% of the side" in one.reason for one in stronger)


def test_what_was_not_seen_is_not_said() -> None:
    assert all(";" not in one.reason for one in singles(PLAIN))
