"""Help comes at once: nothing heavy is imported for it, and it shows examples that are commands."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys

import click
import pytest
from augbench.bench.cli import VERBS, program

from tests.bench.running import REPOSITORY

LIBRARIES = ("tensorflow", "keras", "albumentations", "cv2", "numpy", "pandas", "scipy")
HEAVY = [*LIBRARIES, "altair", "pydantic", "rich"]
SCRIPT = """
import json, sys
from augbench.bench.cli import main
try:
    main(json.loads(sys.argv[1]))
except SystemExit as stop:
    assert not stop.code, stop.code
print("IMPORTED", json.dumps([name for name in sys.argv[2:] if name in sys.modules]))
"""


@pytest.mark.parametrize("words", [[], *([verb] for verb in VERBS)], ids=" ".join)
def test_help_imports_nothing_heavy_and_has_examples(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps([*words, "--help"]), *HEAVY],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    shown, _, imported = done.stdout.partition("IMPORTED")
    assert json.loads(imported) == []
    assert "Examples" in shown


@pytest.mark.parametrize("verb", VERBS)
def test_examples_use_options_that_there_are(verb: str) -> None:
    command = program.get_command(click.Context(program), verb)
    known = {name for parameter in command.params for name in parameter.opts}
    examples = [
        line.strip()
        for line in (command.help or "").splitlines()
        if line.strip().startswith("augbench ")
    ]
    assert examples
    for example in examples:
        _, called, *words = shlex.split(example.replace("\\", ""))
        assert called == verb
        assert {w for w in words if re.match(r"--\w", w)} <= known, example
