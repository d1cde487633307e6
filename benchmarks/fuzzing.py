"""Does any file or text from outside end in an error that nobody thought of?

    python benchmarks/fuzzing.py [--seconds 60] [--seed 0] [--only expression spec …]

Takes sound inputs of each kind, changes bytes, characters or parts of their structure, and gives
them to what reads them. Fine are what is read, and the errors that readers announce: `InputError`
(one line), `OSError` and `ValueError` where a caller says the place. All others are printed with
the input that caused them, once a kind and place, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import base64
import copy
import io
import json
import os
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import pandas
import tomli_w
import yaml
from augbench.bench.data.cache.entry import read_entry
from augbench.bench.data.loading import load
from augbench.bench.gate.fingerprint import stored
from augbench.bench.options.settings import settings
from augbench.bench.run.experiment import AugmentationSpec
from augbench.policies import artefact
from augbench.policies.expression import parse
from augbench.policies.pipelines.reading import read_pipeline
from augbench.policies.registry.building import build
from augbench.policies.spec.loading import load_spec
from augbench.reports.choice.reader import read as read_choice
from augbench.reports.run.baseline import read_baseline
from augbench.reports.run.files import read_curves
from augbench.reports.run.reader import load as read_run
from PIL import Image

from augbench import accept, backend, compare, outside
from augbench.errors import InputError
from tests.reports.choice.making_choices import make_choice

RECORD_OF_TRIAL = "trials/[!.]*/result.json"

#: what breaks readers that were not told of it
HOSTILE: list[Any] = [
    None, True, 0, -1, 1.5, 1e308, -1e308, float("nan"), float("inf"), 2**63, 10**400, "",
    "x" * 5000, "\x00", "\ud800", "../..", "/dev/zero", "os:system", [], {}, [[]], [None], {"": 0},
    {"a": {"b": {"c": []}}}, "\u202e", "1e400", "=1+1", "é" * 300,
]  # fmt: skip
TOKENS = b"\x00 \xff [ { ( ' \" , : = + - \\ / 1e999 NaN null true !! & * | > \n \r \t # <".split(
    b" "
)
EXPRESSIONS = (
    "keras", "a=keras(spec='light', draws=\"native\") + mixup(alpha=0.2)",
    "gan(steps=10, latent=8)",
    "repeat(factor=2) + none(reseed=1)", "keras(spec={'rotation_range': [1, -2.5e3], 'x': None})",
    "albumentations(pipeline='p.json')", "my.module:Class(a=(1, 2), b=b'x')", "expand(factor=1.5)",
)  # fmt: skip
PIPELINE = {
    "__version__": "1.3.1",
    "transform": {
        "__class_fullname__": "Compose", "p": 1.0, "bbox_params": None, "transforms": [
            {"__class_fullname__": "OneOf", "p": 0.5, "transforms": [
                {"__class_fullname__": "GaussNoise", "var_limit": [10, 50], "p": 1.0},
                {"__class_fullname__": "Blur", "blur_limit": [3, 5], "always_apply": False},
            ]},
            {"__class_fullname__": "CoarseDropout", "max_holes": 2, "fill_value": 0, "p": 1},
            {"__class_fullname__": "Affine", "rotate": [-5, 5], "shear": {"x": [1, 2]}, "p": 0.3},
            {"__class_fullname__": "ElasticTransform", "alpha": 1, "sigma": 50, "value": None},
        ],
    },
}  # fmt: skip
SPEC = {
    "rotation_range": 20, "zoom_range": [0.8, 1.2], "fill_mode": "reflect",
    "width_shift_range": 0.1,
    "horizontal_flip": True, "brightness_range": [0.5, 1.5], "rescale": 0.00392, "cval": 3.0,
}  # fmt: skip
CONFIG = {"policies": ["none", "keras"], "data": "digits", "epochs": 2, "seeds": 3, "spec": SPEC}


@dataclass
class Kind:
    """What is read, from which sound inputs, and by whom.

    Attributes:
        read: given the input.
        seeds: sound inputs; bytes, or plain data whose structure is changed.
        text: how plain data become what is read.
        allowed: errors that are announced.
        runs: inputs so far.
        found: by kind and place of an error, the input.
    """

    read: Callable[[Any], Any]
    seeds: list[Any]
    text: Callable[[Any], Any] = lambda content: content
    allowed: tuple[type[Exception], ...] = (InputError,)
    runs: int = 0
    found: dict[str, tuple[Any, str]] = field(default_factory=dict)


def changed_bytes(content: bytes, rng: random.Random) -> bytes:
    """Return bytes with some cut, doubled, swapped or replaced."""
    mutated = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(mutated) + 1)
        until = min(len(mutated), at + rng.choice((1, 1, 2, 8, 100)))
        kind = rng.randrange(6)
        if kind == 0:
            del mutated[at:until]
        elif kind == 1:
            mutated[at:at] = rng.choice(TOKENS) * rng.choice((1, 1, 1, 3, 200))
        elif kind == 2:
            mutated[at:until] = bytes(rng.randrange(256) for _ in range(until - at))
        elif kind == 3:
            mutated[at:at] = mutated[at:until] * rng.choice((1, 2, 50))
        elif kind == 4 and at < len(mutated):
            mutated[at] ^= 1 << rng.randrange(8)
        else:
            del mutated[at:]
    return bytes(mutated)


def changed_data(content: Any, rng: random.Random) -> Any:
    """Return plain data with one part replaced, removed, doubled or renamed."""
    mutated = copy.deepcopy(content)
    places: list[tuple[Any, Any]] = []
    waiting = [mutated]
    while waiting:
        part = waiting.pop()
        pairs = part.items() if isinstance(part, dict) else enumerate(part)
        for key, value in pairs:
            places.append((part, key))
            if isinstance(value, (dict, list)):
                waiting.append(value)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        part, key = rng.choice(places)
        if key not in range(len(part)) if isinstance(part, list) else key not in part:
            continue
        kind = rng.randrange(4)
        if kind == 0:
            del part[key]
        elif kind == 1 and isinstance(part, dict):
            part[str(rng.choice(HOSTILE))[:40]] = part.pop(key)
        elif kind == 2 and isinstance(part[key], list):
            part[key] = part[key] * rng.choice((0, 2, 50))
        else:
            part[key] = copy.deepcopy(rng.choice(HOSTILE))
    return mutated


def _json(content: Any) -> bytes:
    sys.set_int_max_str_digits(0)
    return json.dumps(content).encode()


def _yaml(content: Any) -> bytes:
    return yaml.safe_dump(content, allow_unicode=True).encode("utf-8", "surrogatepass")


def _toml(content: Any) -> bytes:
    try:
        return tomli_w.dumps(content).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError):  # TOML has no null
        return b""


def kinds() -> dict[str, Kind]:
    """Return what is fuzzed, in the working directory, which gets the sound inputs."""

    def of_file(name: str, read: Callable[[Path], Any]) -> Callable[[bytes], Any]:
        def run(content: bytes) -> Any:
            Path(name).write_bytes(content)
            return read(Path(name))

        return run

    def expression(content: bytes) -> None:
        parsed = parse(content.decode("utf-8", "replace"))
        if all(":" not in term.name for term in parsed.terms):
            build(parsed)

    def in_place(path: Path, read: Callable[[], Any]) -> Callable[[bytes], None]:
        sound = path.read_bytes()

        def run(content: bytes) -> None:
            try:
                path.write_bytes(content)
                read()
            finally:
                path.write_bytes(sound)

        return run

    def with_picture(content: bytes) -> None:
        entry = next(iter(printed["policies"].values()))
        images = [base64.b64encode(content).decode(), *entry["images"][1:]]
        changed = {**printed, "policies": {"changed": {**entry, "images": images}}}
        Path("with.json").write_bytes(_json(changed))
        stored.read(Path("with.json"))

    os.environ["AUGBENCH_CACHE"] = os.environ["KERAS_HOME"] = str(Path.cwd() / "home")
    images = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (12, 12, 12), np.uint8)
    np.savez_compressed(images, x_train=pixels, y_train=np.arange(12) % 2)
    Path("photos/a").mkdir(parents=True)
    Path("photos/b").mkdir()
    pictures = []
    for number, form in enumerate(("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")):
        for name, image in zip("ab", pixels[2 * number :], strict=False):
            written = io.BytesIO()
            Image.fromarray(image).convert("RGB").save(written, form)
            pictures.append(written.getvalue())
            Path(f"photos/{name}/{form}.png").write_bytes(written.getvalue())
    table = b"path,label,split\n" + b"".join(
        f"photos/{name}/PNG.png,{name},{part}\n".encode()
        for name in "ab"
        for part in ("train", "test")
    )
    compare(data="digits", epochs=1, seeds=3, train_size=40, model="small", out="run", quiet=True)
    accept("run", baseline="base.json")
    accept("none", fingerprint="print.json")
    record_file = next(Path("run").glob(RECORD_OF_TRIAL))
    record = json.loads(record_file.read_bytes())
    curves = next(Path("run").glob("trials/[!.]*/curves.csv")).read_bytes()
    grid = json.loads(Path("run/grid.json").read_bytes())
    choice = json.loads((make_choice(Path("choice")) / "choose.json").read_bytes())
    baseline = json.loads(Path("base.json").read_bytes())
    printed = json.loads(Path("print.json").read_bytes())
    picture = base64.b64decode(next(iter(printed["policies"].values()))["images"][0])
    environment = json.loads(Path("run/environment.json").read_bytes())
    experiment = Path("run/experiment.toml").read_bytes()
    listed = {"path": ["photos/a/PNG.png", "photos/b/PNG.png"], "label": ["a", "b"]}
    pandas.DataFrame(listed).to_parquet("table.parquet")
    load("photos")
    cached = [path for path in Path("home/data").iterdir() if (path / "meta").is_file()]
    entry, (index, *_) = cached[0], Path("home/index").iterdir()
    artefact.save(Path("learned.npz"), {"w": np.ones((2, 3), np.float32)}, {"a": [1, None]})

    def run_with(name: str) -> Callable[[bytes], None]:
        return in_place(Path("run") / name, lambda: read_run(Path("run")))

    return {
        "expression": Kind(expression, [text.encode() for text in EXPRESSIONS]),
        "spec.json": Kind(of_file("s.json", load_spec), [SPEC], _json),
        "spec.json bytes": Kind(of_file("s.json", load_spec), [_json(SPEC)]),
        "spec.yaml": Kind(of_file("s.yaml", load_spec), [_yaml(SPEC), _yaml(CONFIG)]),
        "spec.toml": Kind(of_file("s.toml", load_spec), [_toml(SPEC), _toml(CONFIG)]),
        "spec words": Kind(lambda words: AugmentationSpec(**words), [SPEC], lambda words: words),
        "config": Kind(of_file("c.toml", lambda file: settings({}, file)), [CONFIG], _toml),
        "config bytes": Kind(of_file("c.toml", lambda file: settings({}, file)), [_toml(CONFIG)]),
        "pipeline.json": Kind(of_file("p.json", read_pipeline), [PIPELINE], _json),
        "pipeline.yaml": Kind(of_file("p.yaml", read_pipeline), [_yaml(PIPELINE)]),
        "baseline": Kind(of_file("b.json", read_baseline), [baseline], _json),
        "baseline bytes": Kind(of_file("b.json", read_baseline), [_json(baseline)]),
        "fingerprint": Kind(of_file("f.json", stored.read), [printed], _json),
        "fingerprint picture": Kind(with_picture, [picture]),
        "fingerprint bytes": Kind(of_file("f.json", stored.read), [_json(printed)]),
        "record": Kind(in_place(record_file, lambda: read_run(Path("run"))), [record], _json),
        "record bytes": Kind(in_place(record_file, lambda: read_run(Path("run"))),
                             [_json(record)]),
        "curves": Kind(of_file("curves.csv", read_curves), [curves]),
        "grid": Kind(run_with("grid.json"), [grid], _json),
        "environment": Kind(run_with("environment.json"), [environment], _json),
        "experiment": Kind(run_with("experiment.toml"), [experiment]),
        "choice": Kind(of_file("choice/choose.json", lambda file: read_choice(file.parent)),
                       [choice], _json),
        "npz": Kind(of_file("x.npz", lambda file: load(str(file))), [images.getvalue()]),
        "npz headers": Kind(
            of_file("y.npz", outside.array_headers), [images.getvalue()],
            allowed=(ValueError, OSError),
        ),
        "table": Kind(of_file("t.csv", lambda file: load(str(file))), [table]),
        "parquet": Kind(of_file("t.parquet", lambda file: load(str(file))),
                        [Path("table.parquet").read_bytes()]),
        "cached images": Kind(in_place(entry / "images.npy", lambda: read_entry(entry)),
                              [(entry / "images.npy").read_bytes()]),
        "cached rows": Kind(in_place(entry / "rows.npz", lambda: read_entry(entry)),
                            [(entry / "rows.npz").read_bytes()]),
        "cached facts": Kind(in_place(entry / "meta", lambda: read_entry(entry)),
                             [(entry / "meta").read_bytes()]),
        "index": Kind(in_place(index, lambda: load("photos")), [index.read_bytes()]),
        "artefact": Kind(of_file("l.npz", artefact.load), [Path("learned.npz").read_bytes()]),
        "keras.json": Kind(of_file("home/keras.json", lambda file: backend.configured()),
                           [b'{"backend": "jax", "floatx": "float32"}']),
        "image": Kind(of_file("photos/a/PNG.png", lambda file: load("photos")), pictures),
    }  # fmt: skip


def fuzz(kind: Kind, rng: random.Random, until: float) -> None:
    """Give changed inputs to a reader until a moment of the monotonic clock."""
    while time.monotonic() < until:
        seed = rng.choice(kind.seeds)
        change = changed_bytes if isinstance(seed, bytes) else changed_data
        give(kind, kind.text(change(seed, rng)))


def give(kind: Kind, given: Any) -> None:
    """Give an input to its reader, and note what nobody thought of."""
    kind.runs += 1
    try:
        kind.read(given)
    except kind.allowed as error:
        if isinstance(error, InputError) and "\n" in str(error):
            kind.found.setdefault("more than a line", (given, str(error)))
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
        kind.found.setdefault(place, (given, "".join(traceback.format_exception(error)[-6:])))


def main() -> int:
    """Fuzz each kind for its share of the time; return 1 where something was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        every = {name: kind for name, kind in kinds().items() if name in (asked.only or [name])}
        for name, kind in every.items():
            rng = random.Random(f"{asked.seed} {name}")
            fuzz(kind, rng, time.monotonic() + asked.seconds / len(every))
            print(f"{name}: {kind.runs:,} inputs, {len(kind.found)} unexpected", flush=True)
            for where, (given, told) in kind.found.items():
                print(f"  {where}\n  {repr(given)[:300]}\n{told}")
        os.chdir("/")
    return int(any(kind.found for kind in every.values()))


if __name__ == "__main__":
    sys.exit(main())
