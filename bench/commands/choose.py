"""`augbench choose`: find the augmentation that is worth having, within a budget of time."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import cloup
from augbench.bench.commands import options
from augbench.bench.commands.options import Number, verb
from augbench.bench.console import echo, echo_json
from augbench.bench.exit_codes import ExitCode
from augbench.bench.options.search import DEFAULT_BUDGET, OBJECTIVES, OPTIONS
from click.exceptions import Exit


@verb("choose", *OPTIONS)
@cloup.option(
    "--budget",
    metavar="TIME",
    default=DEFAULT_BUDGET,
    show_default=True,
    help="How long it may take: 30m, 1h30m, 90s.",
)
@cloup.option(
    "--objective",
    metavar="|".join(OBJECTIVES),
    default=OBJECTIVES[0],
    show_default=True,
    help="What is made as good as can be, on validation images.",
)
@cloup.option(
    "--include",
    multiple=True,
    metavar="NAME",
    help="Try this augmentation even if it breaks labels.",
)
@cloup.option("--exclude", multiple=True, metavar="NAME", help="Leave this augmentation out.")
@cloup.option(
    "--start-from", metavar="SPEC", help="A spec that is in use: it races too, and is confirmed."
)
@cloup.option(
    "--seed",
    type=Number(int, least=0),
    metavar="N",
    default=0,
    show_default=True,
    help="Of all randomness.",
)
@options.out
@options.json
@options.quiet
def choose(
    asked: dict[str, Any],
    budget: str,
    objective: str,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    start_from: str | None,
    seed: int,
    out: Path,
    json: bool,
    quiet: bool,
) -> None:
    """Find the augmentation that is worth having on your data, within a budget of time.

    It looks at the images, strikes out what turns one class into another, races the rest on paired
    seeds, and confirms the winner on fresh seeds and test images that had no part in choosing.

    Writes report.html, chosen.toml for compare --config and for export, and choose.csv.

    Where the time is short, trials have fewer epochs, smaller images, fewer training images.

    Killed or interrupted, the same command goes on; with a larger budget too.

    Examples:
      augbench choose --data photos/
      augbench choose --data photos/ --budget 1h --exclude "vertical flip"
      augbench choose --data letters/ --start-from mine.toml --objective worst_class
    """
    from augbench.bench.run.progress import Display
    from augbench.bench.search.running import prepare, run
    from augbench.reports import choice
    from augbench.reports import write as write_report
    from augbench.reports.run.layout import SEARCH

    display = Display(quiet=quiet or json)
    search = prepare(
        asked,
        out,
        display,
        budget=budget,
        seed=seed,
        objective=objective,
        include=include,
        exclude=exclude,
        start_from=start_from,
    )
    display.notes(choice.leaks(search.summary.to_dict()))
    command = f"augbench {shlex.join(sys.argv[1:])}"
    longer = f"augbench {shlex.join(_with_budget(sys.argv[1:], 2 * search.asked.budget))}"
    try:
        run(
            search,
            display,
            longer,
            choice.write,
            lambda run_folder, place: write_report(run_folder, out=place),
            epochs=asked["epochs"],
        )
    except KeyboardInterrupt:
        echo(f"interrupted: the answer so far is in {out}; go on with\n  {command}", err=True)
        raise Exit(ExitCode.INTERRUPTED) from None
    if json:
        echo_json((out / SEARCH).read_text(encoding="utf-8"))
    elif not quiet:
        choice.print_terminal(out)


def _with_budget(words: list[str], seconds: float) -> list[str]:
    """Return a command's words with another budget."""
    without_budget = list(words)
    for place, word in enumerate(words):
        if word == "--budget":
            without_budget[place : place + 2] = []
        elif word.startswith("--budget="):
            without_budget[place : place + 1] = []
    minutes, rest = divmod(round(seconds), 60)
    return [*without_budget, "--budget", f"{minutes}m" if not rest else f"{round(seconds)}s"]
