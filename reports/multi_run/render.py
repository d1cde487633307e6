"""How are several runs shown? As a page, as Markdown, as JSON and in the terminal."""

from __future__ import annotations

import json

from augbench.reports.formatting import MISSING
from augbench.reports.multi_run.charts import differences, rank_diagram
from augbench.reports.multi_run.findings import unit, why_no_ranks
from augbench.reports.multi_run.multi_run import MultiRun
from augbench.reports.multi_run.tables import POLICIES, SEVERAL, WINS
from augbench.reports.multi_run.views import Matrix, Meeting, matrix, runs_facts, wins_view
from augbench.reports.multi_run.wording import headline, notes, sentence, words
from augbench.reports.render.junit import junit_of
from augbench.reports.render.markdown import escaped, markdown_table
from augbench.reports.render.summary import plain, rows_of
from augbench.reports.render.templates import filled_in
from augbench.reports.render.terminal import STYLES, printable, table_of
from augbench.reports.views import VERDICT_SIGNS, view
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

SCHEMA_VERSION = 1
_MARKDOWN_ROWS = 100
# What can go first where the terminal is narrow.
_SPARE = ("inconclusive", "equivalent", "ties", "losses", "wins", "runs_higher", "p_value", "runs")


def page(runs: MultiRun) -> str:
    """The comparison as one HTML document, with styles, script and charts inside."""
    from markupsafe import Markup

    places = {label: place for place, label in enumerate(runs.labels)}
    ranks = rank_diagram(runs, places)
    contents = {
        "version": str(runs.runs[0].run.environment.get("augbench", "")),
        "title": title(runs),
        "headline": headline(runs),
        "notes": notes(runs),
        "sections": [
            ("runs", "Run by run"),
            ("wins", "Wins"),
            ("ranks", "Ranks"),
            ("settings", "The runs"),
        ],
        "policies": runs.labels,
        "places": places,
        "matrix": matrix(runs),
        "differences": Markup(differences(runs, places)),
        "views": {
            "several": view(SEVERAL, runs.several, SEVERAL.most_rows),
            "policies": view(POLICIES, runs.policies),
            "wins": wins_view(runs, WINS.most_rows),
        },
        "ranks": Markup(ranks),
        "rank_caption": "Mean ranks; mean ranks that are the critical difference apart differ at "
        "level .05 (Nemenyi), where the ranks differ at all.",
        "no_ranks": words(why_no_ranks(runs)),
        "runs": runs_facts(runs),
    }
    return filled_in("multi_run.html.j2", p=contents)


def title(runs: MultiRun) -> str:
    """What is compared, in a few words."""
    return f"{len(runs.runs)} {unit(runs)} side by side"


def markdown(runs: MultiRun) -> str:
    """The comparison as GitHub-flavoured Markdown, ended by a line feed."""
    heads, rows = _matrix_texts(matrix(runs))
    wins = wins_view(runs, _MARKDOWN_ROWS)
    facts = runs_facts(runs)
    parts = [
        f"# {escaped(title(runs))}",
        f"**{escaped(sentence(runs))}**",
        "\n".join(f"- {escaped(text)}" for text in notes(runs)),
        "## Run by run",
        "Points of test accuracy against the baseline of the same run, with that run's verdict: "
        + ", ".join(f"{VERDICT_SIGNS[word]} {word}" for word in STYLES if word != "baseline")
        + ".",
        _pipes(heads, rows),
        "## Wins",
        "Each policy against the baseline of its run; a tie counts as half a win.",
        markdown_table(view(POLICIES, runs.policies)),
        markdown_table(wins) if wins.rows else "",
        f"{wins.left_out} more rows stand in wins.csv." if wins.left_out else "",
        "## The runs",
        _pipes(*facts),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _pipes(heads: list[str], rows: list[list[str]]) -> str:
    lines = [[escaped(text) for text in heads], ["---"] * len(heads)]
    lines += [[escaped(text) for text in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _matrix_texts(shown: Matrix) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of texts, such as "▲ +4.9"."""
    rows = [
        [name, accuracy.text, *(_meeting_text(meeting) for meeting in meetings)]
        for name, accuracy, meetings in shown.rows
    ]
    return ["run", "baseline", *shown.policies], rows


def _meeting_text(meeting: Meeting) -> str:
    if meeting.delta is None:
        return "baseline" if meeting.verdict == "baseline" else MISSING
    return f"{VERDICT_SIGNS[meeting.verdict]} {meeting.delta.text}"


def json_text(runs: MultiRun) -> str:
    """All figures, unrounded, for machines: the content of several.json."""
    result = runs.ranking
    ranks = {
        "datasets": result.datasets,
        "policies": list(runs.ranked),
        "tested": result.tested,
        "test": result.test,
        "statistic": result.statistic,
        "p_value": result.p_value,
        "critical_difference": result.critical_difference,
        "alike": [
            [runs.ranked[result.order[at]] for at in range(first, last + 1)]
            for first, last in result.groups
        ],
    }
    content = {
        "schema_version": SCHEMA_VERSION,
        "augbench": str(runs.runs[0].run.environment.get("augbench", "")),
        "runs": [
            {
                "run": name,
                "folder": str(each.run.folder),
                "dataset": each.run.dataset,
                "baseline": each.run.baseline,
                "policies": list(each.run.policies),
                "seeds": list(each.run.seeds),
            }
            for name, each in zip(runs.names, runs.runs, strict=True)
        ],
        "sentence": sentence(runs),
        "notes": notes(runs),
        "ranking": {name: plain(value) for name, value in ranks.items()},
        "tables": {
            name: None if frame is None else rows_of(frame) for name, frame in runs.frames().items()
        },
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def print_side_by_side(runs: MultiRun, console: Console | None = None) -> None:
    """Print the answer, the differences of every run as far as they fit, and the wins."""
    console = console or Console()
    console.print()
    console.print(Text(printable(sentence(runs)), style="bold"))
    console.print()
    shown = matrix(runs)
    if shown.policies:
        tries = (make(shown, width) for width in (None, 9) for make in (_runs_down, _policies_down))
        fitting = next((grid for grid in tries if _fits(console, grid)), None)
        if fitting:
            console.print(fitting)
    for count in range(len(_SPARE) + 1):
        wins = table_of(view(POLICIES, runs.policies, drop=_SPARE[:count]))
        if _fits(console, wins) or count == len(_SPARE):
            console.print(wins)
            break
    for text in notes(runs):
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


def junit(multi_run: MultiRun) -> str:
    """The runs as one JUnit XML document."""
    return junit_of(list(zip(multi_run.names, multi_run.runs, strict=True)))
