"""Which images of one given part look like one of another, though their pixels differ?

Saved again, resized, blurred or brightened, a picture is the same one to a network. Two are near
duplicates where their difference hashes (Krawetz 2013, "Kind of like that": is each place brighter
than its neighbour?) are alike and their thumbnails, brightness and contrast aside, are far more
alike than those of the nearest hundredth of images are.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from augbench.bench.data.sources.source import SPLITS

#: bits of 128 in which hashes may differ
MOST_BITS = 20
#: the least correlation of thumbnails, and how near to 1 it is for the nearest hundredth of images
LEAST_CORRELATION, NEARER = 0.9, 0.05
#: pairs that are compared, a few seconds; of more images an even sample is looked at
MOST_PAIRS = 1_000_000_000
_HASH_SIDE, _THUMBNAIL_SIDE = 8, 16  # px
_MARGIN = 2  # grey levels that a place must be brighter by; less is noise on plain ground
_SAMPLE = 2000  # images that tell how alike the nearest hundredth is
_CANDIDATES = 50  # of the nearest hashes, those whose thumbnails are compared
_CHUNK = 256


def near_duplicates(
    images: np.ndarray,
    split: np.ndarray,
    duplicate_of: np.ndarray,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[tuple[int, int]]:
    """Return pairs of rows in different splits, each later row once, with the most alike one.

    Args:
        images: uint8, N×H×W×C.
        split: uint8, N, as given, indices into ``SPLITS``.
        duplicate_of: int64, N, the first row with the same pixels; such pairs are left out.
        progress: called with images that are looked at, and all.
    """
    present = [code for code in range(len(SPLITS)) if (split == code).any()]
    if len(present) < 2:
        return []
    hashes, thumbnails = [], []
    for start in range(0, len(images), _CHUNK):
        chunk = images[start : start + _CHUNK]
        hashes.append(_hashes(chunk))
        thumbnails.append(np.rint(_means(chunk, _THUMBNAIL_SIDE)).astype(np.uint8))
        progress(start + len(chunk), len(images))
    look = np.concatenate(hashes), np.concatenate(thumbnails).reshape(len(images), -1)
    pairs: dict[int, tuple[int, int]] = {}
    for at, code in enumerate(present[1:], start=1):
        later = np.flatnonzero(split == code)
        for earlier in present[:at]:
            known = np.flatnonzero(split == earlier)
            asked = later[:: -(-len(later) * len(known) // MOST_PAIRS)]
            for row, near in _alike(*look, known, asked).items():
                if duplicate_of[row] != duplicate_of[near]:
                    pairs.setdefault(row, (near, row))
    return [pairs[row] for row in sorted(pairs)]


def _alike(
    hashes: np.ndarray, thumbnails: np.ndarray, known: np.ndarray, asked: np.ndarray
) -> dict[int, int]:
    """Return for rows of ``asked`` the most alike row of ``known``, where one is near."""
    matches: dict[int, int] = {}
    ours = np.ascontiguousarray(hashes[known].T)
    usual = _centred(thumbnails[known[:: -(-len(known) // _SAMPLE)]])
    for start in range(0, len(asked), _CHUNK):
        rows = asked[start : start + _CHUNK]
        apart = np.zeros((len(rows), len(known)), np.uint8)
        for word, known_word in enumerate(ours):
            apart += np.bitwise_count(hashes[rows, word][:, None] ^ known_word)
        nearest = np.quantile(usual @ _centred(thumbnails[rows]).T, 0.99, axis=0, method="lower")
        for place in np.flatnonzero(apart.min(1) <= MOST_BITS).tolist():
            within = np.flatnonzero(apart[place] <= MOST_BITS)
            if len(within) > _CANDIDATES:
                within = within[np.argsort(apart[place, within], kind="stable")[:_CANDIDATES]]
            candidates = known[within]
            own = _centred(thumbnails[rows[place]][None])[0]
            alike = _centred(thumbnails[candidates]) @ own
            best = int(alike.argmax())
            if alike[best] >= max(LEAST_CORRELATION, 1 - NEARER * (1 - nearest[place])):
                matches[int(rows[place])] = int(candidates[best])
    return matches


def _means(images: np.ndarray, side: int) -> np.ndarray:
    """Return uint8 N×H×W×C as float32 of at most ``side`` px a side, by means of areas."""
    small: np.ndarray = images.astype(np.float32)
    for axis in (1, 2):
        length = small.shape[axis]
        edges = np.rint(np.linspace(0, length, min(side, length) + 1)).astype(np.int64)
        wide = np.diff(edges).reshape((-1, 1, 1) if axis == 1 else (-1, 1)).astype(np.float32)
        small = np.add.reduceat(small, edges[:-1], axis) / wide
    return small


def _hashes(images: np.ndarray) -> np.ndarray:
    """Return uint64 N×2: which places are brighter than their right, and their lower neighbour."""
    grey = _means(images, _HASH_SIDE + 1).mean(3)
    lacking = [(0, 0), *((0, _HASH_SIDE + 1 - length) for length in grey.shape[1:])]
    grey = np.pad(grey, lacking, mode="edge")
    across = grey[:, :-1, :-1] - grey[:, :-1, 1:] > _MARGIN
    down = grey[:, :-1, :-1] - grey[:, 1:, :-1] > _MARGIN
    bits = np.stack([across, down], axis=1).reshape(len(images), 2, -1)
    return np.packbits(bits, axis=2).view(np.uint64)[..., 0]


def _centred(thumbnails: np.ndarray) -> np.ndarray:
    """Return float32 rows of mean 0 and length 1; plain ones of length 0."""
    flat = thumbnails.astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.divide(flat, length, out=np.zeros_like(flat), where=length > 0)
