"""What a run is measured on: every form of DATA, loaded once and split by seed."""

from bench.data.cache import cache_folder
from bench.data.dataset import Dataset, reopen
from bench.data.loading import load
from bench.data.source import SPLITS
from bench.data.split import Block, block

__all__ = ["SPLITS", "Block", "Dataset", "block", "cache_folder", "load", "reopen"]
