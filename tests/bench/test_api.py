"""Comparisons from Python: the words of the command line, tables as files, objects that show."""

from __future__ import annotations

import doctest
import inspect
import os
import re
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import augbench.bench.api
import pytest

import augbench
from augbench import reports
from augbench.errors import AugbenchWarning, InputError, ReportError
from tests.bench.running import REPOSITORY, run_augbench
from tests.reports.making_runs import make_run

SMALL = {"data": "digits", "train_size": 150, "epochs": 2, "model": "small"}
CODE = "<script>alert(1)</script>"


def python(*arguments: str, folder: Path, text: str | None = None) -> str:
    """Run Python in ``folder`` with this checkout importable; return its standard output."""
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


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


def test_importing_it_imports_nothing_heavy(tmp_path: Path) -> None:
    code = "import sys, augbench; dir(augbench); print(*{n.partition('.')[0] for n in sys.modules})"
    loaded = set(python("-c", code, folder=tmp_path).split())
    heavy = {"tensorflow", "keras", "pandas", "numpy", "rich", "pydantic", "altair", "reports"}
    assert "augbench" in loaded and not loaded & heavy


def test_the_words_are_those_of_the_command_line() -> None:
    from augbench.bench.commands.compare import compare as command
    from augbench.bench.run.settings import Settings

    on_the_command_line = set(inspect.signature(command).parameters) - {"json"}
    named = set(inspect.signature(augbench.compare).parameters) - {"options"}
    assert on_the_command_line == named | set(Settings.model_fields)
    for word in on_the_command_line:
        assert re.search(rf"\b{word}\b", augbench.compare.__doc__ or ""), word


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epoch": 3}, "unknown option 'epoch' (did you mean 'epochs'?)"),
        ({"batchsize": 3}, "did you mean 'batch_size'?"),
        ({"seeds": 0}, "--seeds"),
        ({"log": "mlflo"}, "did you mean 'mlflow'?"),
        ({"spec": {"rotation": 20}}, "rotation_range"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(
    options: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        augbench.compare("keras", out=tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


def test_a_policy_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a policy is a text"):
        augbench.compare(dict, out=tmp_path / "run")  # type: ignore[arg-type]


def test_the_example_in_the_documentation_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(augbench.bench.api, verbose=False, report=True)
    assert result.attempted >= 5 and result.failed == 0


def test_a_script_needs_no_guard_and_is_run_once(tmp_path: Path) -> None:
    script = f"""
import augbench
print("running", __name__)
result = augbench.compare("none", **{SMALL!r}, seeds=SEEDS, jobs=1, quiet=True)
print(result.trials["status"].tolist())
"""
    (tmp_path / "study.py").write_text(script.replace("SEEDS", "1"))
    out = python("study.py", folder=tmp_path)
    assert out.split("\n")[:2] == ["running __main__", "['done']"]
    out = python("-", folder=tmp_path, text=script.replace("SEEDS", "2"))
    assert out.split("\n")[:2] == ["running __main__", "['done', 'done']"]


def test_a_trial_that_fails_warns_and_stands_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugin_of_api.py").write_text(
        "from augbench.policies.base import Policy\n"
        "class Fails(Policy):\n"
        "    def change(self, batch):\n"
        "        raise ValueError('not to my taste')\n"
    )
    monkeypatch.chdir(tmp_path)
    environment, path = dict(os.environ), list(sys.path)
    with pytest.warns(AugbenchWarning, match="1 of 2 trials failed.*not to my taste"):
        result = augbench.compare("plugin_of_api:Fails", **SMALL, seeds=1, out="run", quiet=True)
    assert dict(os.environ) == environment and sys.path == path
    failed = result.trials.set_index("policy").loc["plugin_of_api:Fails"]
    assert failed["status"] == "failed" and "not to my taste" in failed["error"]
    assert result.report.is_file()


def test_control_c_leaves_no_worker_and_says_what_is_kept(tmp_path: Path) -> None:
    (tmp_path / "study.py").write_text(
        f"""
import psutil
import augbench
try:
    augbench.compare(**{SMALL | {"epochs": 500}!r}, seeds=2, jobs=2, out="run", quiet=True)
except KeyboardInterrupt as stop:
    kept_by_its_traceback = stop
    children = psutil.Process().children(recursive=True)
    print(stop, "|", sum("spawn_main" in " ".join(child.cmdline()) for child in children))
"""
    )
    process = subprocess.Popen(
        [sys.executable, "study.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 120
    while not (tmp_path / "run/grid.json").exists():
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.05)
    time.sleep(2)
    process.send_signal(signal.SIGINT)  # to this process alone, as a notebook does
    out, _ = process.communicate(timeout=30)
    assert out.strip() == "0 of 6 trials are kept in run | 0"


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
    monkeypatch.setattr(augbench.bench.api, "TERMINAL_WIDTH", 200)
    out, _ = run_augbench("report", str(written.folder), folder=written.folder)
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
