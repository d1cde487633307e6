"""How policies without a spec are written as Keras layers."""

from __future__ import annotations

from collections.abc import Sequence

from augbench.policies.augment.automatic import BINS
from augbench.policies.export import appearance
from augbench.policies.export.plan import AUTOMATIC, Operation
from augbench.policies.export.writing import Call, assigned, call


def layers_of(operation: Operation) -> list[Call]:
    """Return the layers that are nearest, with what is different above them."""
    options = operation.options
    if operation.name == "mixup":
        return [Call("layers.MixUp", {"alpha": options["alpha"]})]
    if operation.name == "cutmix":
        return [_cutmix(options["alpha"], options["p"])]
    if operation.name in AUTOMATIC:
        return [_automatic(operation)]
    return appearance.layers_of(operation)


def named_layers(operations: Sequence[Operation]) -> list[tuple[str, str]]:
    """Return a name for each operation, and ``name = `` its layer, or a model of its layers."""
    written = []
    for name, operation in zip(names(operations), operations, strict=True):
        layers = layers_of(operation)
        written.append(
            (name, call(layers[0], before=f"{name} = "))
            if len(layers) == 1
            else (name, assigned(name, "keras.Sequential", layers))
        )
    return written


def _automatic(operation: Operation) -> Call:
    options = operation.options
    fixed = operation.name == "randaugment"
    strength = options["magnitude"] / BINS if fixed else 1
    note = (
        f"the nearest to {operation.name}: Keras draws one choice of operations for a whole batch, "
        f"magnitudes from 0 on to one side alone, and turns by up to {360 * strength:g} degrees, "
        f"not {30 * strength if fixed else 135:g}"
    )
    words = {"value_range": (0, 255), "num_ops": options["n"] if fixed else 1, "factor": strength}
    return Call("layers.RandAugment", words, above=(note,))


def _cutmix(alpha: float, p: float) -> Call:
    differences = [f"alpha is 1 at most, not {alpha:g}"] if alpha > 1 else []
    differences += [f"every image is changed, not a share of {p:g}"] if p < 1 else []
    reach = min(alpha, 1.0)
    above = (f"CutMix: {'; '.join(differences)}",) if differences else ()
    return Call("layers.CutMix", {"factor": (reach, reach)}, above=above)


def names(operations: Sequence[Operation]) -> list[str]:
    """Return a name for each operation, no two alike."""
    kinds = [operation.name for operation in operations]
    counts = [kinds[: place + 1].count(kind) for place, kind in enumerate(kinds)]
    return [f"{kind}_{n}" if n > 1 else kind for kind, n in zip(kinds, counts, strict=True)]
