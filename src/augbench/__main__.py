"""`python -m augbench` is `augbench`."""

import os
import sys

# Python puts the working directory first, where it would hide installed modules and run files of a
# data folder; `augbench.policies.named_objects` adds it last, for who names a module of his own.
if not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:
    del sys.path[0]

from augbench.bench.cli import main

if __name__ == "__main__":
    main()
