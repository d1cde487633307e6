"""Bad files and values, through the verb that reads them: code 2 and one line that helps.

Each row is what is given and what the line has to say: the thing, its place, or what is right.
Nothing is left behind.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augbench.bench.cli import main
from PIL import Image

#: words of a spec, by `keras(spec={WORD: VALUE})` and in a file
SPEC_VALUES: list[tuple[str, Any]] = [
    ("rotation_range", "20"),
    ("rotation_range", True),
    ("rotation_range", None),
    ("rotation_range", -1),
    ("rotation_range", [0, 20]),
    ("rotation_range", {}),
    ("rotation_range", 1e300),
    ("rotation_range", 10**30),
    ("width_shift_range", -0.1),
    ("width_shift_range", []),
    ("width_shift_range", ["a"]),
    ("width_shift_range", [[1]]),
    ("width_shift_range", "0.1"),
    ("height_shift_range", 1e9),
    ("height_shift_range", {"a": 1}),
    ("shear_range", -5),
    ("shear_range", [1, 2]),
    ("zoom_range", -0.1),
    ("zoom_range", [1]),
    ("zoom_range", [2, 1]),
    ("zoom_range", [1, 2, 3]),
    ("zoom_range", "0.2"),
    ("zoom_range", [0.8, None]),
    ("channel_shift_range", -1),
    ("channel_shift_range", "ten"),
    ("brightness_range", 0.2),
    ("brightness_range", [-0.2, 0.2]),
    ("brightness_range", [1.2, 0.8]),
    ("brightness_range", [1]),
    ("brightness_range", ["a", "b"]),
    ("fill_mode", "nearst"),
    ("fill_mode", 0),
    ("fill_mode", None),
    ("cval", -1),
    ("cval", 256),
    ("cval", [0, 0, 0]),
    ("horizontal_flip", "maybe"),
    ("horizontal_flip", 0.5),
    ("vertical_flip", [True]),
    ("rescale", "1./255"),
    ("rescale", [1]),
    ("rescale", 1e300),
    ("preprocessing_function", "os:system"),
    ("data_format", "channels_first"),
    ("validation_split", 0.2),
    ("interpolation_order", 6),
    ("interpolation_order", 1.5),
    ("dtype", "float16"),
    ("zca_epsilon", -1),
    ("quirks", "tensorflow"),
    ("rotation_rang", 20),
    ("target_size", [150, 150]),
    ("class_mode", "binary"),
]  # fmt: skip

#: expressions of policies
EXPRESSIONS = {
    "": "policy",
    " ": "policy",
    "=": "character",
    "keras(": "character",
    "keras)": "character",
    "keras()()": "character",
    "keras(spec=)": "character",
    "keras(spec=light)": "character",
    "keras(spec='light'": "character",
    "keras(1)": "character",
    "keras(spec=1)": "spec",
    "keras(spec=None, spec=None)": "spec",
    "keras(spec=[1])": "spec",
    "keras(spec=lambda: 1)": "character",
    "keras(spec=open('x'))": "character",
    "keras(spec=f'{1}')": "character",
    "keras(draws=True)": "draws",
    "keras(spec='a\0b')": "null",
    "+": "character",
    "none +": "character",
    "+ none": "character",
    "none ++ keras": "character",
    "a b": "character",
    "keras; import os": "character",
    "albumentations(pipeline=3)": "pipeline",
    "albumentations(pipeline='none.json')": "none.json",
    "albumentations(pipeline='photos')": "photos",
    "albumentations(pipeline='table.csv')": "table.csv",
    "repeat(factor=0)": "1 to 1,000",
    "repeat(factor=-1)": "1 to 1,000",
    "repeat(factor='2')": "factor",
    "repeat(factor=1e400)": "factor",
    "repeat(2)": "character",
    "mixup(alpha=-1)": "alpha",
    "mixup(alpha='a')": "alpha",
    "cutmix(alpha=0)": "alpha",
    "gan(steps=0)": "steps",
    "gan(steps=1.5)": "steps",
    "gan(minutes=-1)": "minutes",
    "gan(minutes=1e300)": "minutes",
    "gan(steps=10, minutes=1)": "minutes",
    "none(reseed=-1)": "reseed",
    "none(reseed='a')": "reseed",
    "none(reseed=1e300)": "reseed",
    "os:system": "os:system",
    "os.path:join": "os.path:join",
    "subprocess:Popen": "Popen",
    "builtins:eval": "eval",
    "no.such.module:X": "cannot be imported",
    ":X": "character",
    "x:": "x:",
    "../evil:X": "character",
    "kéras": "keras",
    "KERAS": "keras",
    "light": "light is a spec",
    "mine.json": "mine.json",
    "a=b=none": "a label holds no '='; write label=name(…), as in 'mine=none'",
    "a==none": "a label holds no '='",
    "=none": "label",
}  # fmt: skip

#: what a file holds that is to be a spec, a pipeline, a configuration, data or something stored
NO_JSON = {
    "nothing": b"",
    "half": b'{"a": ',
    "bytes": b"\xff\xfe\x00",
    "nul": b"\0" * 64,
    "deep": b"[" * 5000,
    "list": b"[1, 2]",
    "text": b'"light"',
    "number": b"7",
    "null": b"null",
    "digits": b'{"rotation_range": ' + b"9" * 400 + b"}",
    "not finite": b'{"rotation_range": NaN}',
}
YAML = {
    "nothing": b"",
    "tabs": b"a:\n\t- b",
    "code": b"!!python/object/apply:os.system ['touch ran']",
    "aliases": b"a: &a [x,x,x]\n" + b"".join(
        b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % (n, n, *[n - 1] * 9)
        for n in b"bcdefghijk"
    ),
    "key": b"__version__: 1.3.1\ntransform:\n  __class_fullname__: Compose\n  transforms:\n"
    b"  - {__class_fullname__: HorizontalFlip, null: 1}\n  - {3: 4}",
    "loop": b"rotation_range: &a [*a]",
    "two": b"rotation_range: 1\n---\nrotation_range: 2",
    "deep": b"[" * 3000,
}  # fmt: skip
TOML = {
    "broken": b"epochs = ",
    "twice": b"epochs = 1\nepochs = 2",
    "unknown": b"epohcs = 3",
    "kind": b'epochs = "ten"',
    "table": b"[epochs]\nx = 1",
    "bytes": b"\xff\xfe",
    "range": b"epochs = -1",
    "policies": b"policies = 3",
    "seeds": b'seeds = "many"',
    "data": b"data = [1]",
    "deep": b"epochs = " + b"[" * 5000,
    "float": b"epochs = 1.5",
}

#: options of a run with what they do not take
OPTIONS: list[tuple[str, str]] = [
    *[("--seeds", value) for value in ("-1", "1.5", "many", "nan", "1e3", "")],
    *[("--epochs", value) for value in ("0", "1.5", "1e3", "", "∞")],
    *[("--batch-size", value) for value in ("0", "-32", "half")],
    *[("--image-size", value) for value in ("0", "-5", "5x", "x5", "5x5x5", "1e9", "10 x 10 px")],
    *[("--train-size", value) for value in ("0", "-1", "half", "0.5")],
    *[("--folds", value) for value in ("0", "1", "-1", "five")],
    *[("--jobs", value) for value in ("-1", "all")],
    *[("--threads", value) for value in ("0", "two")],
    *[("--first-seed", value) for value in ("-1", "1.5", "first")],
    *[("--max-seeds", value) for value in ("0", "-3", "x")],
    *[("--budget", value) for value in ("0m", "-5m", "soon", "5", "5 parsecs")],
    *[("--trial-timeout", value) for value in ("-1s", "never", "1")],
    *[("--executor", value) for value in ("", "slurm")],
    *[("--measure", value) for value in ("best", "")],
    *[("--model", value) for value in ("", "small()()", "small(x=1)", ":x")],
    *[("--spec", value) for value in ("", "lihgt", "table.csv", "none.toml")],
    *[("--log", value) for value in ("wandb", "")],
    *[("--data", value) for value in ("photoes", "words.json", "photos/a/0.png", "photos/a")],
]

#: tables of paths and labels
TABLES = {
    "nothing": "",
    "header": "path,label\n",
    "no label": "path\nphotos/a/0.png\n",
    "no path": "label\na\n",
    "twice": "path,path,label\nphotos/a/0.png,photos/a/0.png,a\n",
    "absent": "path,label\nnone.png,a\nnone2.png,b\n",
    "one class": "path,label\nphotos/a/0.png,a\nphotos/a/1.png,a\n",
    "short row": 'path,label\n"photos/a/0.png\n',
    "split word": "path,label,split\nphotos/a/0.png,a,banana\nphotos/bb/0.png,b,train\n",
    "no train": "path,label,split\nphotos/a/0.png,a,test\nphotos/bb/0.png,b,test\n",
    "no picture": "path,label\nwords.json,a\nother.json,b\n",
    "nul": "path,label\nphotos/a/0.png\0,a\nphotos/bb/0.png,b\n",
    "empty label": "path,label\nphotos/a/0.png,\nphotos/bb/0.png,\n",
}


def _npz(**arrays: Any) -> bytes:
    written = io.BytesIO()
    np.savez(written, **arrays)
    return written.getvalue()


_PIXELS = np.zeros((4, 12, 12), np.uint8)
_LABELS = np.array([0, 1, 0, 1])
ARRAYS = {
    "nothing": b"",
    "no archive": b"PK\x03\x04" + b"x" * 50,
    "no arrays": _npz(),
    "no labels": _npz(x_train=_PIXELS),
    "no pixels": _npz(y_train=_LABELS),
    "counts": _npz(x_train=_PIXELS, y_train=_LABELS[:3]),
    "flat": _npz(x_train=_PIXELS.reshape(4, -1), y_train=_LABELS),
    "five axes": _npz(x_train=_PIXELS[..., None, None], y_train=_LABELS),
    "channels first": _npz(x_train=np.zeros((4, 3, 12, 12), np.uint8), y_train=_LABELS),
    "text pixels": _npz(x_train=np.full((4, 12, 12), "a"), y_train=_LABELS),
    "complex": _npz(x_train=_PIXELS.astype(complex), y_train=_LABELS),
    "not finite": _npz(x_train=np.full((4, 12, 12), np.nan), y_train=_LABELS),
    "far out": _npz(x_train=np.full((4, 12, 12), 1e9), y_train=_LABELS),
    "below": _npz(x_train=np.full((4, 12, 12), -1.0), y_train=_LABELS),
    "pickle": _npz(x_train=_PIXELS, y_train=np.array([0, "a", None, 1], object)),
    "no train": _npz(x_test=_PIXELS, y_test=_LABELS),
    "one class": _npz(x_train=_PIXELS, y_train=np.zeros(4, int)),
    "half labels": _npz(x_train=_PIXELS, y_train=_LABELS + 0.5),
    "nan labels": _npz(x_train=_PIXELS, y_train=_LABELS * np.nan),
    "two columns": _npz(x_train=_PIXELS, y_train=np.ones((4, 2))),
    "no images": _npz(x_train=_PIXELS[:0], y_train=_LABELS[:0]),
    "shapes": _npz(x_train=_PIXELS, y_train=_LABELS, x_test=_PIXELS[:, :5], y_test=_LABELS),
}


def _transform(name: Any, **arguments: Any) -> dict[str, Any]:
    return {"__class_fullname__": name, "p": 1.0, **arguments}


def _compose(*transforms: Any, **more: Any) -> dict[str, Any]:
    inner = {"__class_fullname__": "Compose", "p": 1.0, "transforms": list(transforms), **more}
    return {"__version__": "2.0.8", "transform": inner}


PIPELINES: dict[str, Any] = {
    "empty": {},
    "no transform": {"__version__": "2.0.8"},
    "a number": {"__version__": "2.0.8", "transform": 3},
    "no name": _compose({"p": 1.0}),
    "unknown": _compose(_transform("HorizontalFlipp")),
    "module": _compose(_transform("os.system")),
    "no text": _compose(_transform(3)),
    "argument": _compose(_transform("Rotate", limitt=10)),
    "p": _compose(_transform("HorizontalFlip") | {"p": 2}),
    "p is text": _compose(_transform("HorizontalFlip") | {"p": "often"}),
    "value": _compose(_transform("Rotate", limit="far")),
    "kernel": _compose(_transform("Blur", blur_limit=[3, 10**9])),
    "size": _compose(_transform("CenterCrop", height=5, width=5)),
    "too large a crop": _compose(_transform("RandomCrop", height=500, width=500)),
    "normalize": _compose(_transform("Normalize")),
    "tensor": _compose(_transform("ToTensorV2")),
    "lambda": _compose(_transform("Lambda")),
    "cutout": _compose(_transform("Cutout")),
    "iaa": _compose(_transform("IAAAffine")),
    "one of none": _compose(_transform("OneOf", transforms=[])),
    "some of none": _compose(_transform("SomeOf", transforms=[], n=1)),
    "nothing in turn": _compose(_transform("Sequential", transforms=[])),
}

#: verbs and what they cannot do
VERBS: dict[tuple[str, ...], str] = {
    ("report",): "RUN",
    ("report", ""): "folder",
    ("report", "photos"): "no run folder",
    ("report", "table.csv"): "table.csv",
    ("report", "none", "photos"): "none",
    ("check", "photos", "--baseline", "b.json"): "photos",
    ("check", "--calibrate"): "name a RUN",
    ("check", "--baseline", "photos"): "name a RUN",
    ("check", "none", "--health", "--baseline", "b.json"): "one at a time",
    ("check", "none", "--health", "--data", "nowhere"): "nowhere",
    ("check", "keras", "--health", "--spec", "lihgt"): "light",
    ("check", "words.json", "--health"): "words.json",
    ("check", "none", "--health", "--tolerance", "x"): "--tolerance",
    ("accept",): "--baseline",
    ("accept", "photos", "--baseline", "b.json"): "b.json",
    ("accept", "nowhere", "--baseline", "new.json"): "nowhere",
    ("accept", "none", "--fingerprint", ""): "fingerprint",
    ("accept", "none", "--fingerprint", "photos"): "folder",
    ("accept", "none", "--fingerprint", "table.csv/a.json"): "table.csv",
    ("accept", "none", "--fingerprint", "a.json", "--data", "one"): "one",
    ("accept", "--fingerprint", "a.json", "--spec", "none.toml"): "none.toml",
    ("expand",): "POLICY",
    ("expand", "none", "--factor", "0", "--data", "photos", "--out", "new"): "factor",
    ("expand", "none", "--factor", "nan", "--data", "photos", "--out", "new"): "factor",
    ("expand", "repeat", "--factor", "2", "--data", "photos", "--out", "photos"): "photos",
    ("expand", "repeat", "--factor", "2", "--data", "photos", "--out", "table.csv"): "table.csv",
    ("expand", "repeat", "--data", "photos", "--format", "gif", "--out", "new"): "format",
    ("expand", "keras", "mixup", "--factor", "2", "--out", "new"): "mixup",
    ("preview", "kears", "--data", "photos"): "keras",
    ("preview", "--data", "photos", "--images", "0"): "--images",
    ("preview", "--data", "photos", "--out", "sheet.doc"): "sheet.doc",
    ("preview", "--data", "photos", "--out", "table.csv/x.png"): "table.csv",
    ("parity", "--spec", "lihgt"): "light",
    ("parity", "--data", "nowhere"): "nowhere",
    ("export",): "--to",
    ("export", "light"): "--to",
    ("export", "light", "--to", "torch"): "torch",
    ("export", "lihgt", "--to", "keras"): "light",
    ("export", "words.json", "--to", "keras"): "words.json",
    ("export", "light", "--to", "keras", "--out", "code.txt"): ".py",
    ("export", "one", "--to", "keras"): "one",
    ("policies", "kears"): "keras",
    ("policies", "keras", "mixup"): "mixup",
    ("choose", "--budget", "soon"): "budget",
    ("choose", "--objective", "fame"): "--objective",
    ("choose", "--include", "magic", "--data", "photos"): "magic",
    ("choose", "--data", "one"): "one",
    ("choose", "--out", "photos", "--data", "photos"): "photos",
    ("compare", "--out", "photos"): "photos",
    ("compare", "--data", "one"): "one",
    ("--verson",): "--version",
    ("nothing",): "nothing",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bad")
    for name in ("photos/a", "photos/bb", "one/a"):
        (place / name).mkdir(parents=True)
        for number in range(6):
            Image.new("L", (12, 12), 30 * number + len(name)).save(place / name / f"{number}.png")
    (place / "words.json").write_text('{"words": 1}')
    (place / "other.json").write_text("{}")
    (place / "b.json").write_text("{}")
    (place / "table.csv").write_text("path,label\nphotos/a/0.png,a\nphotos/bb/0.png,b\n")
    return place


@pytest.fixture
def ask(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., None]:
    """Give words to the program, which has to refuse them in a line and leave the folder alone."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "200")

    def refused(*words: str, said: str, files: dict[str, bytes] | None = None) -> None:
        for name, content in (files or {}).items():
            Path(name).write_bytes(content)
        try:
            before = {str(path) for path in Path().rglob("*")}
            with pytest.raises(SystemExit) as stop:
                main(list(words))
            out, err = capsys.readouterr()
            assert stop.value.code == 2, err
            assert {str(path) for path in Path().rglob("*")} == before
        finally:
            for name in files or {}:
                Path(name).unlink()
        assert err.startswith("augbench: ") and err.count("\n") == 1, err
        assert "Traceback" not in err and not err.startswith("augbench: unexpected"), err
        assert not out and len(err) < 700
        assert said in err

    return refused


@pytest.mark.parametrize(("word", "value"), SPEC_VALUES, ids=str)
def test_a_value_that_a_word_of_a_spec_does_not_take(word: str, value: Any, ask) -> None:
    content = json.dumps({word: value}).encode()
    ask("export", "s.json", "--to", "keras", said="spec file s.json", files={"s.json": content})
    ask("preview", f"keras(spec={ {word: value} })", "--data", "photos", said=word)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_what_is_no_policy(text: str, ask) -> None:
    ask("preview", text, "--data", "photos", said=EXPRESSIONS[text])


@pytest.mark.parametrize("verb", ["export", "albumentations", "fingerprint", "baseline"])
@pytest.mark.parametrize("content", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json_of_its_kind(verb: str, content: bytes, ask) -> None:
    words = {
        "export": ("export", "f.json", "--to", "keras"),
        "albumentations": ("preview", "albumentations(pipeline='f.json')", "--data", "photos"),
        "fingerprint": ("check", "--fingerprint", "f.json"),
        "baseline": ("check", "none", "--data", "photos", "--baseline", "f.json"),
    }[verb]
    ask(*words, said="f.json", files={"f.json": content})


@pytest.mark.parametrize("content", YAML.values(), ids=YAML)
def test_what_is_no_yaml_of_a_spec_or_a_pipeline(content: bytes, ask) -> None:
    if content:
        ask("export", "s.yaml", "--to", "keras", said="s.yaml", files={"s.yaml": content})
    words = ("preview", "albumentations(pipeline='p.yaml')", "--data", "photos")
    ask(*words, said="p.yaml", files={"p.yaml": content})


@pytest.mark.parametrize("content", TOML.values(), ids=TOML)
def test_what_is_no_configuration(content: bytes, ask) -> None:
    ask("compare", "--config", "c.toml", said="c.toml", files={"c.toml": content})


@pytest.mark.parametrize(("option", "value"), OPTIONS, ids=repr)
def test_a_value_that_an_option_does_not_take(option: str, value: str, ask) -> None:
    given = () if option == "--data" else ("--data", "photos")
    # what is looked for by its name is named itself
    said = value if option in ("--spec", "--data") else option
    ask("compare", "none", *given, option, value, "--out", "new", said=said)


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_a_table_that_is_none_of_images(text: str, ask) -> None:
    files = {"t.csv": text.encode()}
    ask("compare", "--data", "t.csv", "--out", "new", said="t", files=files)


@pytest.mark.parametrize("content", ARRAYS.values(), ids=ARRAYS)
def test_arrays_that_are_none_of_images(content: bytes, ask) -> None:
    ask("compare", "--data", "a.npz", "--out", "new", said="a.npz", files={"a.npz": content})


@pytest.mark.parametrize("content", PIPELINES.values(), ids=PIPELINES)
def test_a_pipeline_that_cannot_be_used(content: Any, ask) -> None:
    files = {"p.json": json.dumps(content).encode()}
    words = ("albumentations(pipeline='p.json')", "--data", "photos")
    ask("preview", *words, said="p.json", files=files)


@pytest.mark.parametrize("words", VERBS, ids=lambda words: " ".join(words)[:60])
def test_what_a_verb_cannot_do(words: tuple[str, ...], ask) -> None:
    ask(*words, said=VERBS[words])
