"""Does a file with the options of a run, such as a chosen.toml, give its spec?"""

from __future__ import annotations

from pathlib import Path

import pytest
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.presets import preset

from augbench.errors import InputError


def written(folder: Path, text: str) -> Path:
    file = folder / "chosen.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_table_of_words_among_options_is_the_spec(tmp_path: Path) -> None:
    text = 'policies = ["none", "a=keras"]\nepochs = 3\n[spec]\nrotation_range = 12\n'
    assert load_spec(written(tmp_path, text)).to_dict() == {"rotation_range": 12.0}


@pytest.mark.parametrize("name", ["flip", "photos"])
def test_options_may_name_a_preset(tmp_path: Path, name: str) -> None:
    assert load_spec(written(tmp_path, f'spec = "{name}"\n')) == preset(name)


def test_options_without_a_spec_mean_the_default(tmp_path: Path) -> None:
    assert load_spec(written(tmp_path, 'policies = ["keras"]\n')) == preset("light")


def test_options_may_name_a_file_of_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.json").write_text('{"vertical_flip": true}')
    assert load_spec(written(tmp_path, 'spec = "mine.json"\n')).vertical_flip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[spec]\nrotation_rage = 3\n", "did you mean 'rotation_range'"),
        ('[spec]\npreprocessing_function = "a:b"\n', "set from Python"),
        ('spec = "chosen.toml"\n', "options of a run"),
        ("spec = 3\n", "3"),
    ],
)
def test_what_is_wrong_in_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=said):
        load_spec(written(tmp_path, text))
