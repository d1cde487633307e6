"""Does a command that is killed at any moment go on as if nothing had happened?

    python benchmarks/kills.py [--kills 60] [--seed 0] [--only keeping report …]

Runs `augbench compare`, `report`, `expand` and `choose` on a folder of small pictures, kills each
in a phase that is seen from outside, and runs the same command again, until it was left alone once.
What it then leaves has to be what an undisturbed command leaves. Prints a table of kills, and what
was not as it should be; the exit code is then 1. On Linux, whose processes it looks into.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.killed_commands import COMMANDS, PHASES, Life, Strike, Undisturbed

SIGNALS = ("TERM", "TERM TERM", "HUP", "HUP HUP", "INT", "INT INT", "KILL")
#: how many times a command is killed before it is left alone
MOST_KILLS = 8


def strikes(rng: random.Random, only: list[str]) -> Iterator[Strike]:
    """Yield kills for ever: phases in turn, each with every target and signal in a random order."""
    every = {}
    for name, phase in PHASES.items():
        if name in only:
            pairs = [(target, sent) for target in phase.targets for sent in SIGNALS]
            every[name] = rng.sample(pairs, len(pairs))
    turn = 0
    while True:
        for name, pairs in every.items():
            if turn % PHASES[name].one_in == 0:
                target, sent = pairs[turn // PHASES[name].one_in % len(pairs)]
                yield Strike(name, target, tuple(sent.split()))
        turn += 1


def lives(wanted: list[Strike], rng: random.Random) -> list[list[Strike]]:
    """Return the kills of each command, in the order of its phases.

    A worker's death does not end its command, which then trains all that is missing: there is one
    in a life, and only reports come after it.
    """

    def when(strike: Strike) -> tuple[bool, bool, int]:
        return strike.phase == "reporting", strike.target == "worker", order.index(strike.phase)

    order = list(PHASES)
    groups: list[list[Strike]] = []
    for command in COMMANDS:
        own = [strike for strike in wanted if PHASES[strike.phase].command == command]
        rng.shuffle(own)
        while own:
            taken, own = own[:MOST_KILLS], own[MOST_KILLS:]
            late = [strike for strike in taken if strike.target == "worker"][1:]
            groups.append(sorted((strike for strike in taken if strike not in late), key=when))
            own += late
    return groups


def table(kills: list[Strike]) -> str:
    """Return how many kills there were of each phase, target and signal, and how many failed."""
    cells = Counter((strike.phase, strike.target, " ".join(strike.signals)) for strike in kills)
    wrong = Counter((o.phase, o.target, " ".join(o.signals)) for o in kills if o.problems)
    rows = list(dict.fromkeys((name, target) for name in PHASES for target in PHASES[name].targets))
    lines = [["phase", "target", *SIGNALS], ["---"] * (2 + len(SIGNALS))]
    for phase, target in rows:
        of_row = [(phase, target, sent) for sent in SIGNALS]
        if any(cells[key] for key in of_row):
            texts = [
                f"{cells[key] or ''}" + (f" ({wrong[key]} wrong)" if wrong[key] else "")
                for key in of_row
            ]
            lines.append([phase, target, *texts])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def killed(kills: int, seed: int, only: list[str], place: Path) -> list[Strike]:
    """Kill commands in folders below ``place`` until ``kills`` have landed; return them.

    A kill for which its command was too quick does not count, and another one takes its place.
    """
    # what this process ignores, under nohup or in the background, its commands would ignore too
    heard: dict[signal.Signals, Any] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGHUP: signal.SIG_DFL,
    }
    before = {number: signal.signal(number, how) for number, how in heard.items()}
    try:
        return _killed(kills, seed, only, place)
    finally:
        for number, how in before.items():
            signal.signal(number, how)


def _killed(kills: int, seed: int, only: list[str], place: Path) -> list[Strike]:
    rng = random.Random(seed)
    undisturbed = Undisturbed(place)
    coming = strikes(rng, only)
    landed: list[Strike] = []
    number = tries = 0
    while len(landed) < kills and tries < 3 * kills:
        wanted = [next(coming) for _ in range(kills - len(landed))]
        tries += len(wanted)
        for group in lives(wanted, rng):
            number += 1
            began = time.monotonic()
            life = Life(undisturbed, place / f"life{number}", PHASES[group[0].phase].command, rng)
            life.live(group)
            landed += (own := [strike for strike in group if strike.landed])
            told = ", ".join(map(str, own))
            wrong = [f"{strike}: {problem}" for strike in group for problem in strike.problems]
            spent = time.monotonic() - began
            print(
                f"{number}: {told or 'too quick'} ({spent:.0f} s)", *wrong, sep="\n  ", flush=True
            )
    return landed


def main() -> int:
    """Kill, and print the table; return 1 where something was wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=list(PHASES), choices=list(PHASES))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        kills = killed(asked.kills, asked.seed, asked.only, Path(place))
    print(table(kills))
    ends = Counter(str(strike.code) for strike in kills if strike.target != "worker")
    print(
        f"{len(kills)} kills; exit codes of commands that were struck: {dict(sorted(ends.items()))}"
    )
    print(
        f"something half-written stood there after {sum(strike.half for strike in kills)} of them"
    )
    return int(any(strike.problems for strike in kills) or len(kills) < asked.kills)


if __name__ == "__main__":
    sys.exit(main())
