"""The program: `augbench`, and `python -m augbench`; interrupted as it starts, it just ends."""

import os
import sys

# `python -m` puts the working directory first, where it would hide installed modules and run files
# of a data folder; `augbench.policies.named_objects` adds it last, for who names a module of his.
if __name__ == "__main__" and not sys.flags.safe_path and sys.path[:1] == [os.getcwd()]:
    del sys.path[0]

import signal
from typing import Any


def main() -> None:
    """Run the command line and exit with one of the documented codes."""
    try:
        _answer(signal.default_int_handler)  # what is sent before the command line listens
        from augbench.bench.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)  # `ExitCode.INTERRUPTED`, which may not be imported yet
    finally:
        _answer(signal.SIG_IGN)  # the code is known, and the process ends with that one
        # where an interruption came while a text was executed, as for a dataclass, Python would
        # end by SIGINT whatever the code is; the next text makes it forget that
        exec("")


def _answer(how: Any) -> None:
    """Answer what `augbench.bench.interruption` listens to, where the caller does not ignore it."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # the last one is absent on Windows
        if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
            signal.signal(number, how)


if __name__ == "__main__":
    main()
