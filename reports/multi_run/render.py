"""How are several runs shown? As a page, as Markdown, as JSON and in the terminal."""

from __future__ import annotations

import json

from augbench.reports.findings import summary_cards as answer
from augbench.reports.formatting import MISSING
from augbench.reports.multi_run.charts import differences, rank_diagram
from augbench.reports.multi_run.multi_run import Several
from augbench.reports.multi_run.views import (
    Matrix,
    Meeting,
    matrix,
    policies_view,
    runs_facts,
    several_view,
    wins_view,
)
from augbench.reports.multi_run.wording import notes, sentence, unit
from augbench.reports.render.markdown import escaped, table
from augbench.reports.render.page import rendered
from augbench.reports.render.summary import plain, rows_of
from augbench.reports.render.terminal import STYLES, printable, table_of
from augbench.reports.tables.views import VERDICT_SIGNS, View
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

SCHEMA_VERSION = 1
_PAGE_ROWS = 600
_MARKDOWN_ROWS = 100
# What can go first where the terminal is narrow.
_SPARE = ("inconclusive", "equivalent", "ties", "losses", "wins", "runs_higher", "p_value", "runs")


def page(found: Several) -> str:
    """The comparison as one HTML document, with styles, script and charts inside."""
    from markupsafe import Markup

    said = sentence(found)
    places = {label: place for place, label in enumerate(found.labels)}
    ranks = rank_diagram(found, places)
    untested = [text for text in notes(found) if text.startswith(("mean ranks are", "no two"))]
    contents = {
        "version": str(found.runs[0].run.environment.get("augbench", "")),
        "title": title(found),
        "headline": answer.headline(said),
        "notes": notes(found),
        "sections": [
            ("runs", "Run by run"),
            ("wins", "Wins"),
            ("ranks", "Ranks"),
            ("settings", "The runs"),
        ],
        "policies": found.labels,
        "places": places,
        "matrix": matrix(found),
        "differences": Markup(differences(found, places)),
        "views": {
            "several": several_view(found, _PAGE_ROWS),
            "policies": policies_view(found),
            "wins": wins_view(found, _PAGE_ROWS),
        },
        "ranks": Markup(ranks),
        "rank_caption": "Mean ranks; mean ranks that are the critical difference apart differ at "
        "level .05 (Nemenyi), where the ranks differ at all.",
        "no_ranks": untested[0] if untested else "only one policy was finished in every run",
        "runs": runs_facts(found),
    }
    return rendered("several.html.j2", contents)


def title(found: Several) -> str:
    """What is compared, in a few words."""
    return f"{len(found.runs)} {unit(found)} side by side"


def markdown(found: Several) -> str:
    """The comparison as GitHub-flavoured Markdown, ended by a line feed."""
    heads, rows = _matrix_texts(matrix(found))
    wins = wins_view(found, _MARKDOWN_ROWS)
    facts = runs_facts(found)
    parts = [
        f"# {escaped(title(found))}",
        f"**{escaped(sentence(found))}**",
        "\n".join(f"- {escaped(text)}" for text in notes(found)),
        "## Run by run",
        "Points of test accuracy against the baseline of the same run, with that run's verdict: "
        + ", ".join(f"{VERDICT_SIGNS[word]} {word}" for word in STYLES if word != "baseline")
        + ".",
        _pipes(heads, rows),
        "## Wins",
        "Each policy against the baseline of its run; a tie counts as half a win.",
        table(policies_view(found)),
        table(wins) if wins.rows else "",
        f"{wins.left_out} more rows stand in wins.csv." if wins.left_out else "",
        "## The runs",
        _pipes(*facts),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _pipes(heads: list[str], rows: list[list[str]]) -> str:
    lines = [[escaped(text) for text in heads], ["---"] * len(heads)]
    lines += [[escaped(text) for text in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _matrix_texts(found: Matrix) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of texts, such as "▲ +4.9"."""
    rows = [
        [name, accuracy.text, *(_meeting_text(meeting) for meeting in meetings)]
        for name, accuracy, meetings in found.rows
    ]
    return ["run", "baseline", *found.policies], rows


def _meeting_text(meeting: Meeting) -> str:
    if meeting.delta is None:
        return "baseline" if meeting.verdict == "baseline" else MISSING
    return f"{VERDICT_SIGNS[meeting.verdict]} {meeting.delta.text}"


def json_text(found: Several) -> str:
    """All figures, unrounded, for machines: the content of several.json."""
    result = found.ranking
    ranks = {
        "datasets": result.datasets,
        "policies": list(found.ranked),
        "tested": result.tested,
        "test": result.test,
        "statistic": result.statistic,
        "p_value": result.p_value,
        "critical_difference": result.critical_difference,
        "alike": [
            [found.ranked[result.order[at]] for at in range(first, last + 1)]
            for first, last in result.groups
        ],
    }
    content = {
        "schema_version": SCHEMA_VERSION,
        "augbench": str(found.runs[0].run.environment.get("augbench", "")),
        "runs": [
            {
                "run": name,
                "folder": str(each.run.folder),
                "dataset": each.run.dataset,
                "baseline": each.run.baseline,
                "policies": list(each.run.policies),
                "seeds": list(each.run.seeds),
            }
            for name, each in zip(found.names, found.runs, strict=True)
        ],
        "sentence": sentence(found),
        "notes": notes(found),
        "ranking": {name: plain(value) for name, value in ranks.items()},
        "tables": {
            name: None if frame is None else rows_of(frame)
            for name, frame in found.frames().items()
        },
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def print_side_by_side(found: Several, console: Console | None = None) -> None:
    """Print the answer, the differences of every run as far as they fit, and the wins."""
    console = console or Console()
    console.print()
    console.print(Text(printable(sentence(found)), style="bold"))
    console.print()
    shown = matrix(found)
    if shown.policies:
        tries = (make(shown, width) for width in (None, 9) for make in (_runs_down, _policies_down))
        fitting = next((grid for grid in tries if _fits(console, grid)), None)
        if fitting:
            console.print(fitting)
    for count in range(len(_SPARE) + 1):
        wins = table_of(_without(policies_view(found), _SPARE[:count]))
        if _fits(console, wins) or count == len(_SPARE):
            console.print(wins)
            break
    for text in notes(found):
        console.print(Text(printable(text), style="dim"))


def _fits(console: Console, candidate: Table) -> bool:
    endless = console.options.update(width=100_000)
    return console.measure(candidate, options=endless).maximum <= console.width


def _runs_down(shown: Matrix, widest: int | None) -> Table:
    heads = ["run", "baseline", *shown.policies]
    rows = [
        [Text(printable(name)), Text(accuracy.text), *(_mark(meeting) for meeting in meetings)]
        for name, accuracy, meetings in shown.rows
    ]
    return _grid(heads, rows, widest)


def _policies_down(shown: Matrix, widest: int | None) -> Table:
    heads = ["policy", *(name for name, _, _ in shown.rows)]
    rows = [
        [
            Text(printable(policy)),
            *(_mark(meetings[at]) for _, _, meetings in shown.rows),
        ]
        for at, policy in enumerate(shown.policies)
    ]
    return _grid(heads, rows, widest)


def _grid(heads: list[str], rows: list[list[Text]], widest: int | None) -> Table:
    """A table whose headings are folded at `widest` letters, None for not at all."""
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for at, head in enumerate(heads):
        grid.add_column(
            Text(printable(head)),
            justify="right" if at else "left",
            overflow="fold",
            min_width=min(len(head), widest or len(head)) if at else 12,
            max_width=widest if at else 24,
        )
    for row in rows:
        grid.add_row(*row)
    return grid


def _mark(meeting: Meeting) -> Text:
    style = STYLES.get(meeting.verdict, "") if meeting.delta else "dim"
    return Text(_meeting_text(meeting), style=style)


def _without(shown: View, keys: tuple[str, ...]) -> View:
    kept = [at for at, column in enumerate(shown.columns) if not {*column.keys} & {*keys}]
    return View(
        shown.name,
        tuple(shown.columns[at] for at in kept),
        tuple(tuple(row[at] for at in kept) for row in shown.rows),
        shown.left_out,
    )
