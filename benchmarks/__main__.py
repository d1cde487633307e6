"""All ratios of speed in one run: `python -m benchmarks`."""

from benchmarks import engines, trials

if __name__ == "__main__":
    trials.main([])
    print()
    engines.main([])
