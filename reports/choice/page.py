"""What does a search say, in a browser? The file report.html, and a notebook's cell."""

from __future__ import annotations

from typing import Any

from augbench.reports.choice import pictures, wording
from augbench.reports.choice.charts.gains import gains
from augbench.reports.choice.charts.path import path
from augbench.reports.choice.choice import BASELINE, Choice
from augbench.reports.choice.facts import data_facts, effort, facts, ideas, settings, warnings
from augbench.reports.choice.table import tried_view
from augbench.reports.choice.unit import margin_in_words, of_estimate, of_result
from augbench.reports.findings.wording.phrases import baseline_name
from augbench.reports.render.pictures import Budget
from augbench.reports.render.templates import filled_in

#: what a script is called for people, in the order in which they stand
LIBRARIES = {
    "keras": "Keras, ImageDataGenerator",
    "keras-layers": "Keras, layers of the model",
    "albumentations": "Albumentations",
}
# Pictures beside what to avoid, on top of the page.
_TOP_DANGERS = 2
_TOP_PAIRS = 2


def page(choice: Choice) -> str:
    """The report as one HTML document, with its styles, script, charts and pictures inside.

    Args:
        choice: the search; names in it stay text whatever they contain.
    """
    return filled_in("choice.html.j2", p=contents(choice))


def contents(choice: Choice) -> dict[str, Any]:
    """Everything that the template shows, by the names it uses."""
    from markupsafe import Markup

    budget = Budget()
    dangers = pictures.dangers(choice, budget)
    shown = {
        "dataset": choice.dataset,
        "facts": facts(choice),
        "done": choice.done,
        "headline": wording.headline(choice),
        "use": baseline_name(choice.answer.policy) if wording.is_known(choice) else "",
        "is_baseline": choice.answer.policy == BASELINE,
        "verdict": _verdict(choice),
        "gain": _gain(choice),
        "caution": wording.caution(choice),
        "comparisons": [
            (result.verdict, wording.against(choice, result))
            for result in wording.comparisons(choice)
        ],
        "avoid": wording.avoid(choice),
        "top_pairs": [
            (danger, danger.pairs[:_TOP_PAIRS])
            for danger in dangers[:_TOP_DANGERS]
            if danger.pairs and not danger.raced
        ],
        "next": wording.next_step(choice),
        "command": choice.command,
        "code": scripts(choice),
        "path": Markup(path(choice)),
        "gains": Markup(gains(choice)),
        "confirmed": choice.result is not None,
        "margin": margin_in_words(choice),
        "dangers": dangers,
        "looks": pictures.looks(choice, budget),
        "refused": budget.refused,
        "effort": effort(choice),
        "tried": tried_view(choice, drop=("idea",)),
        "ideas": ideas(choice),
        "full_report": choice.full_report,
        "warnings": warnings(choice),
        "data": data_facts(choice),
        "settings": settings(choice),
    }
    return shown | {"sections": _sections(shown)}


def scripts(choice: Choice) -> list[tuple[str, str]]:
    """What is to be used as scripts of libraries' own: what each is called, and its text."""
    order = [*LIBRARIES, *(name for name in choice.code if name not in LIBRARIES)]
    return [(LIBRARIES.get(name, name), choice.code[name]) for name in order if name in choice.code]


def notebook(choice: Choice) -> str:
    """The answer as a piece of HTML that stands in any page; names stay text."""
    from markupsafe import Markup

    return filled_in(
        "notebook.html.j2",
        sentence=wording.sentence(choice),
        remarks=[f"{word}: {text}" for word, text in wording.in_short(choice)],
        chart=Markup(gains(choice)),
        view=tried_view(choice, drop=("kind", "affinity", "first_block", "last_block", "idea")),
        notes=[],
        report=str(choice.folder / "report.html"),
    )


def _verdict(choice: Choice) -> str:
    """What fresh seeds say of the answer; "" where they say nothing of it."""
    result = choice.result
    return result.verdict if result is not None and result.policy == choice.answer.policy else ""


def _gain(choice: Choice) -> str:
    """How much the answer brings, or the best of the race where nothing is to be used."""
    result, estimate = choice.result, choice.estimate.get(choice.answer.policy)
    if result is not None and result.policy == choice.answer.policy:
        seeds = wording.fresh_seeds(result.seeds)
        return f"{of_result(choice, result)} on {seeds}"
    if result is not None:
        return f"The best of the race, {result.policy}: {of_result(choice, result)}"
    return f"{of_estimate(choice, estimate)} in the race" if estimate else ""


def _sections(shown: dict[str, Any]) -> list[tuple[str, str]]:
    """The sections that have something to show, as (anchor, title)."""
    sections = [
        ("code", "Code", shown["code"]),
        ("search", "The search", shown["path"] or shown["gains"]),
        ("dangers", "What breaks labels", shown["dangers"]),
        ("looks", "Pictures", shown["looks"]),
        ("tried", "Everything tried", True),
        ("data", "Data and settings", True),
    ]
    return [(name, title) for name, title, there in sections if there]
