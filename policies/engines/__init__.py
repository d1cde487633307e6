"""Which engines apply a spec's draws to images; a line of the table is all that one needs here."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from augbench.policies.engines.base import Engine


class _Engines(Mapping[str, "type[Engine]"]):
    """Engine names to classes, each imported when it is asked for."""

    def __init__(self, places: dict[str, str]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> type[Engine]:
        module, _, attribute = self._places[name].partition(":")
        engine: type[Engine] = getattr(importlib.import_module(module), attribute)
        return engine

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


#: engine name -> the class that it stands for
PLACES: dict[str, str] = {
    "keras": "augbench.policies.engines.keras:KerasEngine",
    "albumentations": "augbench.policies.engines.albumentations:AlbumentationsEngine",
    "keras-layers": "augbench.policies.engines.keras_layers:KerasLayersEngine",
}

ENGINES: Mapping[str, type[Engine]] = _Engines(PLACES)
