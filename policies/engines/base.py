"""What all engines share: a spec, the draws of an epoch kept at hand, and how to refuse."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from typing import Any, ClassVar, Literal

import numpy as np
from augbench.policies.base import Batch, Extreme, Policy
from augbench.policies.engines import PLACES
from augbench.policies.named_objects import load_object
from augbench.policies.spec.cautions import cautions_at
from augbench.policies.spec.draws import Draws, draw
from augbench.policies.spec.extreme_draws import extreme_draws
from augbench.policies.spec.loading import load_spec
from augbench.policies.spec.spec import AugmentationSpec
from augbench.policies.validation import checked

from augbench.errors import AugbenchWarning, Refusal

#: how an engine's random numbers come about, and which of Keras's peculiarities it repeats
Drawing = Literal["matched", "native"]
Quirks = Literal["none", "keras"]

_SHIFTS = ("width_shift_range", "height_shift_range")
#: epochs whose draws an engine keeps
_KEPT = 3


class Engine(Policy):
    """A policy that applies a spec to images.

    Matched draws come from the table of (seed, epoch), so every engine does the same to the same
    row; native ones come from the library by itself, seeded from the batch's generator.

    Args:
        spec: a spec, a preset's name, a file, or words; where absent the run's, or else the preset
            ``light``.
        draws: ``matched`` or ``native``.
        quirks: overrides the spec's own ``quirks``; ``keras`` repeats what Keras really does.

    Raises:
        InputError: for another value of an option.
    """

    #: the name by which users call the engine
    name: ClassVar[str]
    #: the words that it can express at all; it refuses all others, those to come among them
    expresses: ClassVar[tuple[str, ...]] = ()

    @checked
    def __init__(
        self, spec: Any = None, draws: Drawing = "matched", quirks: Quirks | None = None
    ) -> None:
        loaded = load_spec(spec)
        if quirks is not None:
            loaded = loaded.model_copy(update={"quirks": quirks})
        self.spec: AugmentationSpec = loaded
        self.draws = draws
        self._tables: OrderedDict[tuple[int, ...], tuple[Draws, Any]] = OrderedDict()

    @property
    def native(self) -> bool:
        """Whether the library draws by itself."""
        return self.draws == "native"

    @property
    def code(self) -> str:
        """An ``ImageDataGenerator`` of the same spec; empty for what it cannot say.

        It swaps the two shifts, so they come swapped unless the spec asks for that.
        """
        words = self.spec.to_idg_kwargs()
        sayable = {word for word in self.spec.to_dict() if word not in ("quirks", "rescale")}
        if sayable - words.keys() or "preprocessing_function" in words:
            return ""
        swapped = dict(zip(_SHIFTS, reversed(_SHIFTS), strict=True))
        other = {} if self.spec.quirks == "keras" else swapped
        shifted = {other.get(word, word): value for word, value in words.items()}
        written = {word: repr(shifted[word]) for word in (*words, *_SHIFTS) if word in shifted}
        if words.get("rescale") == 1 / 255:
            written["rescale"] = "1 / 255"
        return f"ImageDataGenerator({', '.join(f'{w}={value}' for w, value in written.items())})"

    @property
    def definition(self) -> dict[str, Any]:
        """The engine, its draws, and the spec word by word."""
        return {self.name: {"draws": self.draws, "spec": self.spec.to_dict()}}

    @classmethod
    def inexpressible(cls, spec: AugmentationSpec) -> list[str]:
        """Return the words that ``spec`` uses and the engine does not list.

        Words that standardize are the run's own, and those about reading and form bind nobody.
        """
        beside = spec.words_of("standardizing", "reading", "fixed")
        return [w for w in spec.to_dict() if w not in beside and w not in cls.expresses]

    @classmethod
    def refusal(cls, spec: AugmentationSpec, shape: tuple[int, int, int], draws: str) -> str:
        """Return why the engine cannot apply ``spec`` to images H×W×C, or an empty string.

        Needs no library: an engine that cannot be imported here can still say what it expresses.
        """
        if words := cls.inexpressible(spec):
            return f"cannot express {', '.join(words)}"
        applied = cls.apply_natively if draws == "native" else cls.apply
        if applied in (Engine.apply_natively, Engine.apply):
            return f"has no {draws} draws"
        return ""

    def check(self, shape: tuple[int, int, int], classes: int) -> None:
        """Raise `Refusal` with the engines that can, where this one cannot apply its spec.

        Warns with `AugbenchWarning` of words that are too much for images of that size.
        """
        reason = self.refusal(self.spec, shape, self.draws)
        if not reason:
            for caution in cautions_at(dict(self.spec), shape):
                warnings.warn(caution, AugbenchWarning, stacklevel=2)
            return
        able = [
            f"{name}(draws='{self.draws}')" if self.native else name
            for name, engine in ((name, engine_class(name)) for name in PLACES)
            if engine is not type(self) and not engine.refusal(self.spec, shape, self.draws)
        ]
        instead = f"; engines that can: {', '.join(able)}" if able else "; no engine can"
        raise Refusal(f"engine {self.name} (draws='{self.draws}') {reason}{instead}")

    def change(self, batch: Batch) -> Batch:
        """Return the batch with its images (uint8) augmented, labels as they were."""
        if not len(batch.images):
            return batch
        if self.native:
            return batch.replace(images=self.apply_natively(batch))
        drawn, prepared = self._table(batch)
        return batch.replace(images=self.apply(batch.images, batch.rows, drawn, prepared))

    def describe(self, batch: Batch) -> list[str]:
        """Return what was drawn for each image, in words; empty where the library draws."""
        if self.native:
            return []
        return self._table(batch)[0].take(batch.rows).captions()

    def extremes(self, images: np.ndarray) -> list[Extreme]:
        """Return the ends of the spec's ranges; none where the library draws."""
        if self.native:
            return []
        shape = (images.shape[1], images.shape[2])
        rows = np.zeros(len(images), np.int64)
        extremes = []
        for name, spec, drawn in extreme_draws(self.spec, shape):
            alone = type(self)(spec=spec)
            changed = alone.apply(images, rows, drawn, alone.prepare(drawn, shape))
            extremes.append(Extreme(name, changed, drawn.captions()[0]))
        return extremes

    def prepare(self, drawn: Draws, shape: tuple[int, int]) -> Any:
        """Return what `apply` needs of a whole table, made once an epoch."""
        return None

    def apply(
        self, images: np.ndarray, rows: np.ndarray, drawn: Draws, prepared: Any
    ) -> np.ndarray:
        """Return uint8 images B×H×W×C with ``rows`` of the table applied to them."""
        raise Refusal(f"engine {self.name} has no matched draws")

    def apply_natively(self, batch: Batch) -> np.ndarray:
        """Return the batch's images as the library augments them, seeded by ``batch.rng``."""
        raise Refusal(f"engine {self.name} has no native draws")

    def _table(self, batch: Batch) -> tuple[Draws, Any]:
        """Return the table of the batch's epoch, drawn as far as its largest row."""
        shape = (batch.images.shape[1], batch.images.shape[2])
        key = (batch.seed, batch.epoch, batch.stage, *shape)
        needed = int(np.max(batch.rows)) + 1
        table = self._tables.get(key)
        if table is None or len(table[0]) < needed:
            count = 1 << (needed - 1).bit_length()
            drawn = draw(self.spec, batch.seed, batch.epoch, count, shape, batch.stage)
            table = drawn, self.prepare(drawn, shape)
            self._tables[key] = table
            while len(self._tables) > _KEPT:
                self._tables.popitem(last=False)
        return table


def engine_class(name: str) -> type[Engine]:
    """Return the class of one of the names in `PLACES`, imported when it is asked for."""
    engine: type[Engine] = load_object(PLACES[name])
    return engine
