"""What does the head of a report say: the answer in tiles, the facts, the trouble, the noise?

It picks rows of the tables and puts words around them; every figure stands in a CSV file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from augbench.reports.findings.analysis import Tables
from augbench.reports.formatting import is_missing
from augbench.reports.tables.trials import Note
from augbench.reports.tables.views import Cell, cell

# Records of environment.json that are lists of files, counted rather than printed.
_LISTS = {"unreadable": "unreadable files left out", "duplicates": "exact duplicates across splits"}


# Seconds that a report has room for.
_NOTICED = 0.01


@dataclass(frozen=True)
class Answer:
    """Ten seconds: what to use, how sure that is, what it costs.

    Attributes:
        policy: the label to use, or words that none is known.
        policies: the labels to use, none where nothing is settled.
        about: the policy whose difference follows.
        verdict: its verdict on accuracy.
        delta: its difference to the baseline.
        interval: the interval of that difference.
        trials: how many trials it has.
        costed: the policy whose cost follows.
        seconds: the time of its typical trial.
        baseline_seconds: that of the baseline's, where that is another policy.
    """

    policy: str
    policies: tuple[str, ...]
    about: str
    verdict: str
    delta: Cell
    interval: Cell
    trials: Cell
    costed: str
    seconds: Cell | None = None
    baseline_seconds: Cell | None = None

    @property
    def settled(self) -> bool:
        """Whether the run says what to use."""
        return bool(self.policies)


def answer(tables: Tables) -> Answer | None:
    """The tiles, None where no policy could be compared.

    Where nothing is settled the figures are those of the unsettled policy with the highest mean
    difference; where the baseline is to be used, those of the challenger with the highest.
    """
    accuracy = tables.accuracy
    compared = accuracy[(accuracy["verdict"] != "baseline") & accuracy["delta_mean"].notna()]
    if compared.empty:
        return None
    recommended = tables.conclusion.recommended
    asked = compared[compared["policy"].isin(recommended[:1])]
    if asked.empty and not recommended:
        asked = compared[compared["verdict"] == "inconclusive"]
    asked = compared if asked.empty else asked
    row = asked.to_dict("records")[int(np.argmax(asked["delta_mean"].to_numpy(dtype=float)))]
    costs = {item["policy"]: item for item in typical(tables).to_dict("records")}
    costed = recommended[0] if recommended else str(row["policy"])
    cost = costs.get(costed)
    base = costs.get(tables.run.baseline) if costed != tables.run.baseline else None
    return Answer(
        policy=" or ".join(recommended) if recommended else "Not settled",
        policies=recommended,
        about=str(row["policy"]),
        verdict=str(row["verdict"]),
        delta=cell("accuracy", row, "delta_mean", "points"),
        interval=cell("accuracy", row, "delta_low delta_high", "points"),
        trials=cell("accuracy", row, "trials", "count"),
        costed=costed,
        seconds=cell("trials", cost, "seconds", "seconds") if cost else None,
        baseline_seconds=cell("trials", base, "seconds", "seconds") if base else None,
    )


def headline(sentence: str) -> tuple[str, str]:
    """The conclusion's sentence in two: what is said first, and what follows a semicolon."""
    first, _, rest = sentence.partition("; ")
    return first, rest


def typical(tables: Tables) -> pd.DataFrame:
    """A row a policy: its trial of median seconds (the lower one of two), with its costs.

    A median row instead of means, so that each figure is one that was measured.
    """
    done = tables.trials[tables.trials["status"] == "done"]
    rows = []
    for policy in tables.run.policies:
        mine = done[(done["policy"] == policy) & done["seconds"].notna()]
        if not mine.empty:
            rows.append(mine.sort_values("seconds", kind="stable").iloc[(len(mine) - 1) // 2])
    if not rows:
        return pd.DataFrame(columns=["policy", "seed", "seconds"])
    chosen = pd.DataFrame(rows)[["policy", "seed", "seconds", "images_per_second"]]
    found = chosen.merge(tables.cost, on=["policy", "seed"], how="left")
    # What no policy spent time on needs no column.
    parts = ("learn_seconds", "enlarge_seconds")
    idle = [name for name in parts if not (found[name] >= _NOTICED).any()]
    return found.drop(columns=idle)


def facts(tables: Tables) -> list[str]:
    """What was compared on, in a few words each."""
    run, data = tables.run, tables.run.environment.get("data") or {}
    counts = [(len(run.seeds), "seed"), (run.experiment.get("epochs"), "epoch")]
    found = [f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in counts if count]
    names = (("train", "training images"), ("test", "test images"))
    found += [f"{data[key]:,} {words}" for key, words in names if isinstance(data.get(key), int)]
    if run.classes:
        found.append(f"{len(run.classes):,} classes")
    return found


def trouble(tables: Tables, most: int = 8) -> list[Note]:
    """What must be read first: trials that failed or are missing, test images seen in training."""
    bad = ("failed:", "not run yet", "the baseline ", "no trial of the baseline")
    said = " ".join((tables.conclusion.sentence, *tables.conclusion.remarks))
    found = [
        note
        for note in tables.notes
        if note.table == "trials"
        and note.text.startswith(bad)
        and not (note.policy and f"{note.policy} failed" in said)
    ]
    if len(found) > most:
        more = Note("trials", "", f"{len(found) - most} more such notes are under Warnings")
        found = [*found[:most], more]
    return found


def noise_sentences(tables: Tables) -> list[str]:
    """What a single run would have claimed, in words."""
    rows = tables.noise.to_dict("records")
    winners = [row for row in rows if row["winner"] and not is_missing(row["overtaken_share"])]
    if not winners:
        return []
    winner, count = winners[0], int(winners[0]["seeds"])
    if count == 1:
        return ["One seed only: how much chance plays a part cannot be seen from it."]
    other = round(winner["overtaken_share"] * count)
    if other == 0:
        return [
            f"In each of the {count} seeds {winner['policy']} came first, alone or with others: "
            "a single run would have named the same winner."
        ]
    if other == count:
        return [
            f"{winner['policy']} has the highest mean, but in none of the {count} seeds did it "
            "come first: a single run would always have named another winner."
        ]
    return [
        f"{winner['policy']} has the highest mean, but {_share(other, count)} would have named "
        "another winner."
    ]


def warnings_of(tables: Tables) -> list[str]:
    """All warnings of data, spec and trials, as sentences."""
    run = tables.run
    found = [str(text) for text in run.environment.get("warnings") or ()]
    data = run.environment.get("data") or {}
    for key, words in _LISTS.items():
        items = data.get(key) or ()
        if items:
            first = items[0]
            name = (
                " and ".join(str(first[part]) for part in ("path", "a", "b") if part in first)
                if isinstance(first, Mapping)
                else str(first)
            )
            found.append(f"{len(items)} {words}, such as {name}")
    for note in tables.notes:
        if note.table == "trials":
            found.append(f"{note.policy}: {note.text}" if note.policy else note.text)
    return found


def merged(notes: Iterable[Note]) -> list[Note]:
    """Equal remarks on several policies as one remark on all of them."""
    policies: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        policies.setdefault((note.table, note.text), []).append(note.policy)
    return [Note(table, ", ".join(labels), text) for (table, text), labels in policies.items()]


def settings(tables: Tables) -> list[tuple[str, str]]:
    """The effective configuration, flat."""
    return [
        (name, value) for name, value in _flat(tables.run.experiment) if value not in ("", "None")
    ]


def environment(tables: Tables) -> list[tuple[str, str]]:
    """What the run was made on, flat; long lists are counted."""
    content = {k: v for k, v in tables.run.environment.items() if k not in ("warnings", "seeds")}
    data = dict(content.get("data") or {})
    for key in ("classes", *_LISTS):
        if isinstance(data.get(key), list):
            data[key] = len(data[key])
    return list(_flat({**content, "data": data}))


def _share(part: int, whole: int) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    one, all_ = (words[n] if n < len(words) else str(n) for n in (part, whole))
    return f"{one} {'seed' if part == 1 else 'seeds'} in {all_}"


def _flat(content: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        elif isinstance(value, list | tuple):
            yield f"{before}{name}", ", ".join(str(item) for item in value)
        else:
            yield f"{before}{name}", str(value)


def cost_words(tables: Tables) -> str:
    """What the recommended policy's typical trial takes, in a sentence; "" where unknown."""
    found = answer(tables)
    if found is None or found.seconds is None:
        return ""
    text = f"A trial under {found.costed} takes {found.seconds.text} s"
    if found.baseline_seconds is not None:
        text += f", under {tables.run.baseline} {found.baseline_seconds.text} s"
    return text + "."
