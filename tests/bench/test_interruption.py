"""Does a command end alike whatever ends it, at whatever moment, and say no more than it should?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from augbench.bench.interruption import interruptible, within

from augbench.errors import InputError
from tests.patience import wait_until

HANGS = "import pathlib, time\npathlib.Path('began').touch()\ntime.sleep(600)\n"
#: what a library in C makes of an interruption while it is imported
TURNS = """
import os, signal, time
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
except KeyboardInterrupt:
    raise ImportError("initialization failed") from None
"""
#: interrupted where Python drops what is raised
STRIKES_ASIDE = """
import os, signal, time
class Gone:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0)
Gone()
time.sleep(600)
"""
STRIKES = "import os, signal\nos.kill(os.getpid(), signal.{})\n"
#: interrupted, and once more as the process ends
STRIKES_AT_THE_END = """
import atexit, os, signal
atexit.register(os.kill, os.getpid(), signal.{0})
os.kill(os.getpid(), signal.{0})
"""


def begin(folder: Path, *arguments: str, path: str = "") -> subprocess.Popen[str]:
    given = os.pathsep.join(filter(None, [path, os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [sys.executable, "-m", "augbench", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": given},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = process.communicate(timeout=120)
    assert "Traceback" not in err, err
    return process.returncode, err


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_signal_that_ends_is_an_interruption(tmp_path: Path, sent: signal.Signals) -> None:
    (tmp_path / "hangs.py").write_text(HANGS)
    process = begin(tmp_path, "preview", "hangs:Policy")
    wait_until(lambda: (tmp_path / "began").exists(), process, 120)
    process.send_signal(sent)
    assert ended(process) == (130, "")  # nothing was kept that could be gone on from


def test_an_interruption_while_libraries_are_imported_is_one(tmp_path: Path) -> None:
    (tmp_path / "turns.py").write_text(TURNS)
    assert ended(begin(tmp_path, "preview", "turns:Policy"))[0] == 130


def test_an_interruption_that_python_drops_is_one(tmp_path: Path) -> None:
    (tmp_path / "aside.py").write_text(STRIKES_ASIDE)
    assert ended(begin(tmp_path, "preview", "aside:Policy")) == (130, "")


@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_neither_the_first_nor_the_last_moment_of_a_command_is_another(
    tmp_path: Path, sent: str
) -> None:
    (tmp_path / "early").mkdir()
    early = tmp_path / "early" / "cloup.py"  # one of the first that are imported
    early.write_text(STRIKES.format(sent))
    assert ended(begin(tmp_path, "policies", path=str(tmp_path / "early"))) == (130, "")
    early.write_text(f"exec({STRIKES.format(sent)!r})")  # which Python remembers to its end
    assert ended(begin(tmp_path, "policies", path=str(tmp_path / "early"))) == (130, "")
    early.write_text(STRIKES_AT_THE_END.format(sent))
    assert ended(begin(tmp_path, "policies", path=str(tmp_path / "early"))) == (130, "")


def test_a_module_that_hangs_is_named_within_the_timeout_of_a_trial(tmp_path: Path) -> None:
    (tmp_path / "hangs.py").write_text(HANGS)
    arguments = ("compare", "hangs:Policy", "--data", "digits", "--trial-timeout", "2s")
    code, err = ended(begin(tmp_path, *arguments))
    assert code == 2 and "importing the policies and the model took longer than" in err
    assert err.count("\n") == 1 and not (tmp_path / "results").exists()


def test_what_ends_in_time_leaves_no_alarm_behind() -> None:
    with within(0.2, "this"):
        pass
    with within(None, "this"), interruptible() as came:
        time.sleep(0.3)
    assert not came()
    words = r"this took longer than --trial-timeout allows \(0.1 s\)"
    with pytest.raises(InputError, match=words), within(0.1, "this"):
        time.sleep(10)
