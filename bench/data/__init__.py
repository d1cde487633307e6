"""What a run is measured on: every form of DATA, loaded once and split by seed."""

from augbench.bench.data.block import Block, block
from augbench.bench.data.cache.folder import artefact_folder, cache_folder
from augbench.bench.data.dataset import Dataset, reopen
from augbench.bench.data.loading import load
from augbench.bench.data.parts import Parts

__all__ = [
    "SPLITS",
    "Block",
    "Dataset",
    "Parts",
    "artefact_folder",
    "block",
    "cache_folder",
    "load",
    "reopen",
]
