"""What a run is measured on: every form of DATA, loaded once and split by seed."""

from augbench.bench.data.block import Block, block
from augbench.bench.data.cache import cache_folder
from augbench.bench.data.dataset import Dataset, reopen
from augbench.bench.data.loading import load
from augbench.bench.data.source import SPLITS

__all__ = ["SPLITS", "Block", "Dataset", "block", "cache_folder", "load", "reopen"]
