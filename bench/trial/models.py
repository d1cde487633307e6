"""Which classifier is trained: the CNN of the Keras tutorials, or one that the user names."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from augbench.policies.code_identity import package_digest
from augbench.policies.expression import parse_call
from augbench.policies.named_objects import load_object
from augbench.policies.registry import file_hash

from augbench.errors import InputError, nearest, reason_of

Shape = tuple[int, int, int]
_EITHER = inspect.Parameter.POSITIONAL_OR_KEYWORD

#: px a side that models of keras.applications need; the others need 32
_APPLICATION_MINIMUM = {"Xception": 71, "InceptionV3": 75, "InceptionResNetV2": 75}


def reference(shape: Shape, classes: int) -> Any:
    """Return the CNN of the Keras tutorials: 3×3 convolutions with pooling, dense 128, softmax."""
    return _plain_cnn(shape, classes, (32, 64), 128)


def small(shape: Shape, classes: int) -> Any:
    """Return the reference CNN at a quarter of its width, for quick looks."""
    return _plain_cnn(shape, classes, (8, 16), 32)


def _plain_cnn(shape: Shape, classes: int, filters: tuple[int, int], units: int) -> Any:
    from keras import Sequential, layers

    first, second = filters
    return Sequential(
        [
            layers.Input(shape),
            layers.Conv2D(first, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(second, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(units, activation="relu"),
            layers.Dense(classes, activation="softmax"),
        ]
    )


def resnet(shape: Shape, classes: int) -> Any:
    """Return ResNet-14 of He et al. 2015, section 4.2 (n = 2), projections where it shrinks.

    Its moving statistics follow within some tens of steps, where Keras's own 0.99 takes hundreds,
    more than a training on a few hundred images has.
    """
    from keras import Model, layers

    def convolved(x: Any, filters: int, stride: int, size: int = 3) -> Any:
        x = layers.Conv2D(filters, size, stride, padding="same", use_bias=False)(x)
        return layers.BatchNormalization(momentum=0.9)(x)

    inputs = layers.Input(shape)
    x = layers.ReLU()(convolved(inputs, 16, 1))
    for filters in (16, 32, 64):
        for block in range(2):
            stride = 2 if block == 0 and filters > 16 else 1
            shortcut = convolved(x, filters, stride, size=1) if stride > 1 else x
            x = layers.ReLU()(convolved(x, filters, stride))
            x = layers.ReLU()(layers.Add()([convolved(x, filters, 1), shortcut]))
    x = layers.GlobalAveragePooling2D()(x)
    return Model(inputs, layers.Dense(classes, activation="softmax")(x))


@dataclass(frozen=True)
class Model:
    """A model that can be built, and what must be known of it before it is.

    Attributes:
        name: as typed.
        make: ``(shape, classes, **options) -> keras.Model``.
        options: literals typed with the name.
        minimum_side: px a side that it needs at least.
        expects_raw: whether it does its own preprocessing, of images 0…255.
        content: gives hashes of the files and sources that it is made from, as they are now.
    """

    name: str
    make: Callable[..., Any]
    options: dict[str, Any] = field(default_factory=dict)
    minimum_side: int = 1
    expects_raw: bool = False
    content: Callable[[], dict[str, str]] = dict

    def identity(self) -> dict[str, Any]:
        """Return what tells this model from others, as plain JSON values, for a trial's key."""
        return {"name": self.name, "options": self.options, "content": self.content()}


_BUILT_IN = {
    "reference": Model("reference", reference, minimum_side=10),
    "small": Model("small", small, minimum_side=10),
    "resnet": Model("resnet", resnet, minimum_side=4),
}


@cache
def source(name: str) -> Model:
    """Return the model that ``name`` stands for; Keras is imported only for those that it brings.

    Args:
        name: ``reference``, ``small``, ``resnet``; ``package.module:build``, a function
            ``(shape, classes, **options) -> keras.Model`` that may have the attributes
            ``minimum_side`` and ``expects_raw``; or a name of ``keras.applications`` such as
            ``MobileNetV2(weights='file.h5')``, which gets its own preprocessing.

    Raises:
        InputError: for an unknown name or option, or a file that cannot be read.
    """
    called, options = parse_call(name, "--model")
    if called in _BUILT_IN:
        if options:
            raise InputError(f"--model {name!r}: {called} takes no options")
        return _BUILT_IN[called]
    if ":" in called:
        return _own(called, options)
    return _application(called, options)


def build(name: str, shape: Shape, classes: int) -> Any:
    """Return a fresh ``keras.Model`` for images H×W×C, uncompiled unless its maker compiled it.

    Raises:
        InputError: where the model cannot be built, or gives something else than class
            probabilities.
    """
    model = source(name)
    try:
        built = model.make(shape, classes, **model.options)
    except InputError:
        raise
    except Exception as error:
        reason = reason_of(error)
        size = "×".join(map(str, shape))
        raise InputError(f"--model {name} cannot be built for images {size}: {reason}") from error
    output = getattr(built, "output_shape", None)
    if output != (None, classes):
        raise InputError(
            f"--model {name} gives {output}, not (None, {classes}): one probability for each class"
        )
    return built


def _own(name: str, options: dict[str, Any]) -> Model:
    wanted = "must be a function (shape, classes) -> keras.Model of a module of your own"
    make = load_object(name)
    if not callable(make):
        raise InputError(f"--model {name}: {wanted}")
    try:
        parameters = inspect.signature(make).parameters
    except (TypeError, ValueError):
        raise InputError(f"--model {name}: {wanted}, whose arguments can be told") from None
    kinds = [parameter.kind for parameter in parameters.values()]
    plain = [kind for kind in kinds if kind in (_EITHER, inspect.Parameter.POSITIONAL_ONLY)]
    if len(plain) < 2:
        raise InputError(f"--model {name}: {wanted}; it takes ({', '.join(parameters)})")
    takes = list(parameters)[2:]
    free = inspect.Parameter.VAR_KEYWORD in kinds
    if not free:
        _check_options(name, options, takes)
    missing = [
        option
        for option in takes
        if option not in options
        and parameters[option].default is inspect.Parameter.empty
        and parameters[option].kind in (_EITHER, inspect.Parameter.KEYWORD_ONLY)
    ]
    if missing:
        raise InputError(
            f"--model {name}: the option {missing[0]!r} is missing; write "
            f"{name}({', '.join(f'{option}=…' for option in [*options, *missing])})"
        )
    return Model(
        name,
        make,
        options,
        int(getattr(make, "minimum_side", 1)),
        bool(getattr(make, "expects_raw", False)),
        lambda: {"source": package_digest(name.partition(":")[0])},
    )


def built_in_names() -> dict[str, str]:
    """Return the models that have a name here, and what each is in a line."""
    docs = {name: model.make.__doc__ or "" for name, model in _BUILT_IN.items()}
    return {name: doc.splitlines()[0].removeprefix("Return ") for name, doc in docs.items()}


def application_names() -> list[str]:
    """Return the models of keras.applications."""
    return sorted(_applications())


@cache
def _applications() -> dict[str, Path]:
    """Return each model's name and source file, read from Keras's source: nothing is imported."""
    keras = importlib.util.find_spec("keras")
    if keras is None or not keras.origin:
        return {}
    root = Path(keras.origin).parent
    listed = ast.parse((root / "applications" / "__init__.py").read_text(encoding="utf-8"))
    return {
        alias.name: root.parent.joinpath(*str(node.module).split(".")).with_suffix(".py")
        for node in listed.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name[:1].isupper()
    }


def _options_of(name: str) -> list[str]:
    """Return the options of a model of keras.applications that are left for the user to choose."""
    tree = ast.parse(_applications()[name].read_text(encoding="utf-8"))
    taken = {"include_top", "input_tensor", "input_shape", "pooling", "classes"}
    taken |= {"classifier_activation", "name"}
    return [
        argument.arg
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == name
        for argument in node.args.args
        if argument.arg not in taken
    ]


def _application(name: str, options: dict[str, Any]) -> Model:
    known = application_names()
    if name not in known:
        ours = list(_BUILT_IN)
        raise InputError(
            f"--model {name!r} is not known{nearest(name, [*ours, *known])}; give "
            f"{', '.join(ours)}, package.module:build, or a name of keras.applications"
        )
    _check_options(name, options, _options_of(name))
    weights = options.get("weights")
    if weights == "imagenet":
        raise InputError(f"--model {name}: nothing is downloaded; give weights='FILE.h5'")

    def content() -> dict[str, str]:
        if weights is None:
            return {}
        return {"weights": file_hash(str(weights), f"--model {name}(weights=…)")}

    content()  # whether the file can be read
    minimum = _APPLICATION_MINIMUM.get(name, 32)

    def make(shape: Shape, classes: int, **given: Any) -> Any:
        return _headed(name, shape, classes, given)

    return Model(name, make, options, minimum, expects_raw=True, content=content)


def _check_options(name: str, options: dict[str, Any], takes: list[str]) -> None:
    for option in options:
        if option not in takes:
            raise InputError(
                f"--model {name} has no option {option!r}{nearest(option, takes)}; "
                f"it takes {', '.join(takes) or 'none'}"
            )


def _headed(name: str, shape: Shape, classes: int, options: dict[str, Any]) -> Any:
    """Return a model of keras.applications with its preprocessing before and a softmax after it."""
    import keras

    maker = getattr(keras.applications, name)
    preprocess = importlib.import_module(maker.__module__).preprocess_input
    inputs = keras.layers.Input(shape)
    x = inputs if shape[2] == 3 else keras.layers.Concatenate()([inputs] * 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns of every container that holds no weights
        base = maker(
            **{"weights": None, **options},
            include_top=False,
            input_shape=(*shape[:2], 3),
            pooling="avg",
        )
    x = base(preprocess(x))
    return keras.Model(inputs, keras.layers.Dense(classes, activation="softmax")(x))
