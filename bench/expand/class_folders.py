"""How labelled images become class folders that every tool reads: names, files, manifest."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from augbench.bench.data.sources.siblings import MANIFEST, is_of_expansion

from augbench import csv_text
from augbench.files import sweep_parts

COLUMNS = (
    "path",
    "label",
    "origin",
    "policy",
    "seed",
    "source_image",
    "nearest_training_distance",
)
#: the images that an expansion does not hold, or holds as they are: those not trained on
HELD_OUT = "held_out.csv"
SUFFIXES = {"png": ".png", "jpeg": ".jpg"}
JPEG_QUALITY = 95

_LONGEST = 80  # characters of a name that are kept; 4 bytes each still fit into 255
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]|^[. ]+|[. ]+$')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class ManifestRow:
    """One image file and its line in the manifest.

    Attributes:
        label: the class's number.
        name: the file's name within its class folder.
        origin: ``real``, ``augmented`` or ``generated``.
        policy: the label of what made it.
        source: the name of the real image that it was made from; empty for none.
        distance: grey levels to the closest training image, root mean square; None where not known.
        part: the folder of its part of the data set; empty where there is one part.
    """

    label: int
    name: str
    origin: str
    policy: str
    source: str = ""
    distance: float | None = None
    part: str = ""


def folder_names(classes: Sequence[str], taken: Iterable[str] = (MANIFEST, HELD_OUT)) -> list[str]:
    """Return a folder name for each class that any file system takes, no two of them alike.

    A name that is safe already stays as it is; another one is made safe and ends with a hash of
    the class, and so does every one of several that differ in case or Unicode form only.
    """
    safe = [_safe(name) for name in classes]
    often = Counter([*map(_folded, safe), *map(_folded, taken)])
    return [
        short if short == name and often[_folded(short)] == 1 else f"{short}-{_digest(name)}"
        for name, short in zip(classes, safe, strict=True)
    ]


def file_stems(sources: Sequence[str]) -> list[str]:
    """Return the beginning of a file name for each source, no two of them alike."""
    seen: Counter[str] = Counter()
    stems = []
    for source in sources:
        again = f"#{seen[source]}" if seen[source] else ""  # a table may name a file twice
        seen[source] += 1
        last = source.replace("\\", "/").rpartition("/")[2]
        stems.append(f"{_safe(last.rpartition('.')[0] or last)}-{_digest(source + again)}")
    return stems


def file_name(stem: str, number: int, suffix: str) -> str:
    """Return the name of a source's copy ``number``; 0 is the source itself, "" has no source."""
    if not stem:
        return f"generated-{number:06d}{suffix}"
    return f"{stem}-copy{number:04d}{suffix}" if number else f"{stem}-real{suffix}"


def encode(image: np.ndarray, form: str) -> bytes:
    """Return an image uint8 H×W×C (C is 1 or 3) as the bytes of a ``png`` or ``jpeg`` file."""
    from PIL import Image

    picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    content = io.BytesIO()
    if form == "jpeg":
        picture.save(content, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    else:
        picture.save(content, "PNG")
    return content.getvalue()


def manifest(files: Iterable[ManifestRow], classes: Sequence[str], seed: int) -> str:
    """Return the text of ``manifest.csv``, paths with ``/``, distances unrounded."""
    folders = folder_names(classes)
    rows: list[Sequence[object]] = [COLUMNS]
    for file in files:
        distance = "" if file.distance is None else repr(file.distance)
        path = "/".join(filter(None, [file.part, folders[file.label], file.name]))
        label = classes[file.label]
        rows.append([path, label, file.origin, file.policy, seed, file.source, distance])
    return csv_text.write(rows)


def held_out(parts: Mapping[str, Iterable[tuple[str, str]]]) -> str:
    """Return the text of ``held_out.csv``, of the names and labels of images by split."""
    rows = [("path", "label", "split")]
    for split, images in parts.items():
        rows += [(path, label, split) for path, label in images]
    return csv_text.write(rows)


def sweep(folders: Iterable[Path], *, images: bool) -> None:
    """Remove half-written files in ``folders``, and with ``images`` those named as here."""
    for folder in folders:
        if not folder.is_dir():
            continue
        sweep_parts(folder)
        for file in folder.iterdir():
            if images and file.is_file() and is_of_expansion(file.name):
                file.unlink()


def _safe(name: str) -> str:
    short = _UNSAFE.sub("_", name)[:_LONGEST].rstrip(". ")
    short = "".join(char if char.isprintable() else "_" for char in short)
    return f"_{short}" if not short or _RESERVED.fullmatch(short) else short


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
