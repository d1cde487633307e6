"""`augbench accept`: write what `augbench check` holds against: a fingerprint, or a baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cloup
from augbench.bench.commands.options import PATH, margin, specs, verb
from augbench.bench.console import echo

from augbench.errors import InputError


@verb("accept", "data", "image_size", said={"data": ""})
@cloup.argument(
    "what",
    nargs=-1,
    metavar="[RUN|POLICY]...",
    help="With --baseline the folder that compare --out wrote; with --fingerprint policies, by "
    "default those of the file, or all engines.",
)
@cloup.option(
    "--baseline",
    type=PATH,
    metavar="FILE",
    help="Write the effect of a run; into version control.",
)
@cloup.option(
    "--fingerprint", type=PATH, metavar="FILE", help="Write what policies do to pixels; likewise."
)
@specs
@margin
def accept(
    asked: dict[str, Any],
    what: tuple[str, ...],
    baseline: Path | None,
    fingerprint: Path | None,
    spec: tuple[str, ...],
    margin: float | None,
) -> None:
    """Accept what policies do: write the file that augbench check holds them against.

    A fingerprint has pixels, labels and draws, of every engine that can apply the spec or of the
    policies that are named. A baseline has the lift over none of every seed of a run, and what
    makes it comparable. Both are small, readable JSON.

    Examples:
      augbench accept --fingerprint augmentation.json --spec mine.toml
      augbench accept keras pipeline.json my_pkg.mod:MyPolicy --fingerprint augmentation.json
      augbench accept results --baseline augbench.json --margin 2
    """
    words = list(what)
    if (baseline is None) == (fingerprint is None):
        raise InputError(
            "say what to write: RUN --baseline FILE, or [POLICY ...] --fingerprint FILE"
        )
    if fingerprint is not None:
        _fingerprint(words, spec, asked, fingerprint, margin)
        return
    if len(words) != 1 or spec or any(value is not None for value in asked.values()):
        raise InputError("a baseline is of one RUN, the folder that compare --out wrote")
    from augbench.bench.gate.effect import verbs

    assert baseline is not None
    run = Path(words[0])
    written = verbs.accept(run, baseline, margin)
    echo(
        f"{baseline}: {', '.join(written.policies)} in {len(written.seeds)} seeds, margin "
        f"{100 * written.margin:g}"
    )
    if refused := verbs.refused_check(run, written):
        echo(f"note: a check of as many seeds will be refused: {refused}", err=True)


def _fingerprint(
    words: list[str],
    specs: tuple[str, ...],
    asked: dict[str, Any],
    file: Path,
    margin: float | None,
) -> None:
    if margin is not None:
        raise InputError("--margin is of a baseline; a fingerprint is checked with --tolerance")
    from augbench.bench.gate import tier_one
    from augbench.bench.run.progress import Display

    with Display().loading("policies") as tell:
        written = tier_one.accept(tier_one.Asked.of(words, specs, asked, tell), file)
    echo(f"{file}: {', '.join(written.policies)}")
