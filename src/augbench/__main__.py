"""The program: `augbench`, and `python -m augbench`; interrupted as it starts, it just ends."""

import os
import sys

# `python -m` puts the working directory first, where it would hide installed modules and run files
# of a data folder; `augbench.policies.named_objects` adds it last, for who names a module of his.
if __name__ == "__main__" and not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:
    del sys.path[0]


def main() -> None:
    """Run the command line and exit with one of the documented codes."""
    try:
        from augbench.bench.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)  # `ExitCode.INTERRUPTED`, which may not be imported yet


if __name__ == "__main__":
    main()
