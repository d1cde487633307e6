"""`augbench choose` as a user runs it: tiny images, little time, interrupted, wrong input."""

from __future__ import annotations

import json
import os
import signal
import tomllib
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from tests.bench.running import run_here, start
from tests.patience import wait_until

TINY = ["--train-size", "60", "--epochs", "2", "--model", "small", "--data", "digits"]
CHOOSE = ["choose", *TINY, "--budget", "6s", "--exclude", "randaugment", "--exclude", "cutmix"]
SEARCH = [*CHOOSE, "--include", "flip", "--out", "choice"]


def found(folder: Path) -> dict:
    return json.loads((folder / "choose.json").read_text(encoding="utf-8"))


class Stop(NamedTuple):
    """What a search left behind that was stopped on its way."""

    code: int
    decided: dict
    report: bool


class Search(NamedTuple):
    folder: Path
    stops: list[Stop]


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    """A search that was interrupted, then killed, and then went on to its end."""
    here = tmp_path_factory.mktemp("choose")
    folder, stops = here / "choice", []

    def stored() -> int:
        return len(list(folder.glob("trials/[!.]*/result.json")))

    with pytest.MonkeyPatch.context() as cache:
        cache.setenv("AUGBENCH_CACHE", str(tmp_path_factory.getbasetemp() / "augbench-cache"))
        for how in (signal.SIGINT, signal.SIGKILL):
            wanted = max(6, stored() + 1)
            process = start(*SEARCH, folder=here)
            wait_until(lambda wanted=wanted: stored() >= wanted, process, 300)
            if how == signal.SIGKILL:
                os.killpg(process.pid, how)
            else:
                process.send_signal(how)
            process.communicate()
            report = (folder / "report.html").is_file()
            stops.append(Stop(process.returncode, found(folder)["decided"], report))
        run_here(*SEARCH, folder=here)
    return Search(folder, stops)


@pytest.fixture
def searched(search: Search) -> Path:
    return search.folder


@pytest.mark.slow
class TestASearch:
    def test_leaves_an_answer_for_people_and_for_machines(self, searched: Path) -> None:
        content = found(searched)
        assert content["state"] == "done"
        assert content["answer"]["kind"] in ("better", "likely", "nothing")
        for name in ("report.html", "report.md", "choose.csv", "chosen.toml", "choose.npz"):
            assert (searched / name).stat().st_size, name

    def test_tries_what_it_proposed_and_nothing_that_was_excluded(self, searched: Path) -> None:
        tried = pd.read_csv(searched / "choose.csv")
        content = found(searched)
        assert {"flip", "rotation 15°", "light"} <= set(tried["policy"])
        assert not {"randaugment", "cutmix"} & set(tried["policy"])
        raced = {name for block in content["blocks"] for name in block["policies"]}
        assert "flip" in raced  # included whatever the screen says
        assert all("none" in block["policies"] for block in content["blocks"])

    def test_confirms_on_fresh_seeds_and_images(self, searched: Path) -> None:
        content = found(searched)
        raced = {block["seed"] for block in content["blocks"]}
        assert content["confirm"]["seeds"]
        assert not raced & set(content["confirm"]["seeds"])
        table = pd.read_csv(searched / "confirm" / "trials.csv")
        assert set(table["seed"]) == set(content["confirm"]["seeds"])
        first = content["confirm"]["results"][0]
        mean = table.groupby("policy")["test_accuracy"].mean()
        assert first["mean"] == pytest.approx(mean[first["policy"]] - mean["none"], abs=1e-9)

    def test_what_was_chosen_is_what_compare_and_export_take(self, searched: Path) -> None:
        chosen = tomllib.loads((searched / "chosen.toml").read_text(encoding="utf-8"))
        assert chosen["policies"][0] == "none"
        config = ["--config", "choice/chosen.toml", "--seeds", "1", "--epochs", "1", "--jobs", "1"]
        run_here("compare", *config, "--out", "again", folder=searched.parent)
        code, _ = run_here(
            "export", "choice/chosen.toml", "--to", "keras-layers", folder=searched.parent
        )
        compile(code, "exported", "exec")

    def test_goes_on_with_what_it_decided_when_it_was_stopped(self, search: Search) -> None:
        interrupted, killed = search.stops
        assert (interrupted.code, killed.code) == (130, -signal.SIGKILL)
        assert interrupted.report
        assert interrupted.decided.items() <= killed.decided.items()
        assert killed.decided.items() <= found(search.folder)["decided"].items()

    def test_goes_on_with_the_same_command_without_another_trial(self, searched: Path) -> None:
        before = found(searched)
        trials = sorted(path.name for path in (searched / "trials").iterdir())
        run_here(*SEARCH, folder=searched.parent)
        after = found(searched)
        assert sorted(path.name for path in (searched / "trials").iterdir()) == trials
        for name in ("decided", "blocks", "estimates", "winner", "confirm", "answer", "screen"):
            assert after[name] == before[name], name


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--budget", "soon"], "--budget: give a time such as 20m, 1h30m or 90s, not 'soon'"),
        (["--objective", "speed"], "--objective: give accuracy, balanced_accuracy, loss, worst"),
        (["--include", "flips"], "--include: no augmentation is called 'flips' (did you mean"),
        (["--start-from", "ligth"], "no augmentation spec 'ligth' (did you mean 'light'?)"),
        (["--data", "nowhere"], "no data set 'nowhere'"),
    ],
)
def test_wrong_input_gets_one_line(tmp_path: Path, arguments: list[str], said: str) -> None:
    _, err = run_here("choose", *arguments, "--out", "choice", folder=tmp_path, code=2)
    assert said in err
    assert "Traceback" not in err


def test_the_run_of_a_comparison_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "grid.json").write_text("{}")
    _, err = run_here("choose", *TINY, folder=tmp_path, code=2)
    assert "--out results is the run of a comparison; give another folder" in err
