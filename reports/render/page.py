"""What does a run say, in a browser? The file report.html: one file, no network, no script needed.

`page` collects what the templates show; they add words and layout, no figure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
from augbench.reports.charts import charts
from augbench.reports.charts.gap_against_accuracy import plane
from augbench.reports.findings import summary_cards as answer
from augbench.reports.findings.analysis import Tables
from augbench.reports.render import pictures
from augbench.reports.render.extracts import telling_classes, telling_policies, thinned
from augbench.reports.tables.trials import Note
from augbench.reports.tables.views import VERDICT_SIGNS, View, best_first, view

# What a page has room for; the CSV files have the rest.
MOST_ROWS = {"per_class": 1000, "pairs": 400, "trials": 600, "cost": 600, "confusion": 240}
MOST_CURVES = 12
MOST_SEED_DOTS = 300
CURVE_ROWS = 500
MOST_CLASSES = 16
MOST_TIMED = 20


def page(tables: Tables) -> str:
    """The report as one HTML document.

    Args:
        tables: the run's tables; names in them stay text whatever they contain.

    Returns:
        The document, with its styles, script, charts and pictures inside.
    """
    return rendered("page.html.j2", contents(tables))


def rendered(template: str, found: dict[str, Any]) -> str:
    """A template filled in; what it shows is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("augbench.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["signs"] = VERDICT_SIGNS
    return environment.get_template(template).render(p=found)


def contents(tables: Tables) -> dict[str, Any]:
    """Everything that the templates show, by the names they use."""
    run = tables.run
    budget = pictures.Budget()
    examples = pictures.examples(run, budget)
    found = {
        "version": str(run.environment.get("augbench", "")),
        "dataset": run.dataset,
        "policies": run.policies,
        "baseline": run.baseline,
        "margin": f"{100 * tables.margin:g}",
        "places": {label: place for place, label in enumerate(run.policies)},
        "facts": answer.facts(tables),
        "headline": answer.headline(tables.conclusion.sentence),
        "asides": tables.conclusion.remarks,
        "answer": answer.answer(tables),
        "trouble": answer.trouble(tables),
        "notes": _notes(tables),
        "views": _views(tables),
        "examples": examples,
        "mistakes": pictures.mistakes(run, tables.confusion, budget),
        "sheets": pictures.sheets(run, budget),
        "refused": budget.refused,
        "noise_sentences": answer.noise_sentences(tables),
        "warnings": answer.warnings_of(tables),
        "settings": answer.settings(tables),
        "environment": answer.environment(tables),
        **_charts(tables),
        **_curves(tables),
    }
    return found | {"sections": _sections(found)}


def _notes(tables: Tables) -> dict[str, list[Note]]:
    names = ("accuracy", "overfitting", "pairs", "per_class", "synthetic")
    return {
        name: answer.merged(note for note in tables.notes if note.table == name) for name in names
    }


def _views(tables: Tables) -> dict[str, View | None]:
    """The tables of the page; None where there is nothing to show."""
    limit = MOST_ROWS
    classes = telling_classes(tables.per_class)
    curves, _ = thinned(tables.curves, CURVE_ROWS)
    synthetic = tables.synthetic
    views = {
        "accuracy": view("accuracy", best_first(tables.accuracy)),
        "overfitting": view("overfitting", tables.overfitting),
        "pairs": view("pairs", tables.pairs, limit["pairs"]),
        "per_class": view("per_class", classes, limit["per_class"]),
        "confusion": view("confusion", _worst_first(tables.confusion), limit["confusion"]),
        "typical": view("typical", answer.typical(tables)),
        "trials": view("trials", tables.trials, limit["trials"]),
        "cost": view("cost", tables.cost, limit["cost"]),
        "curves": replace(view("curves", curves), left_out=len(tables.curves) - len(curves)),
        "noise": view("noise", tables.noise),
    }
    found: dict[str, View | None] = {n: v if v.rows else None for n, v in views.items()}
    return found | {"synthetic": None if synthetic is None else view("synthetic", synthetic)}


def _worst_first(confusion: pd.DataFrame) -> pd.DataFrame:
    return confusion.sort_values("delta_mean", ascending=False, kind="stable")


def _charts(tables: Tables) -> dict[str, Any]:
    """Charts as markup, "" where there is nothing to draw, and the words that go with them."""
    from markupsafe import Markup

    run, margin = tables.run, tables.margin
    ranked = best_first(tables.accuracy)
    compared = bool((tables.accuracy["delta_mean"].notna()).any())
    done = tables.trials[tables.trials["status"] == "done"]
    dotted = telling_policies(tables, max(2, MOST_SEED_DOTS // max(8, len(run.seeds))))
    dotted = [label for label in ranked["policy"] if label in set(dotted)]
    left_out = sum(bool(run.done(label)) for label in run.policies) - len(dotted)
    places = {label: place for place, label in enumerate(run.policies)}
    points = tables.overfitting[["policy", "gap_delta"]].merge(
        tables.accuracy[["policy", "delta_mean", "verdict"]], on="policy"
    )
    classes = telling_classes(tables.per_class).head(MOST_CLASSES)
    timed = [label for label in run.policies if label in set(done["policy"])]
    timed = timed if len(timed) <= MOST_TIMED else []
    drawn = {
        "effect": charts.effect(ranked, margin, run.baseline, places) if compared else "",
        "seeds": charts.seeds(tables.trials, dotted, run.baseline, places) if dotted else "",
        "plane": plane(points, margin, run.baseline) if compared else "",
        "classes": charts.classes(classes, places) if not classes.empty else "",
        "seconds": charts.seconds(tables.trials, timed) if timed else "",
    }
    more = f" {left_out} more policies that differ less stand in the table." if left_out else ""
    return {
        "charts": {name: Markup(svg) for name, svg in drawn.items()},
        "seeds_left_out": more,
        "classes_caption": f"The {len(classes)} changes of recall that say most, of "
        f"{len(tables.per_class) - len(run.classes):,}.",
    }


def _curves(tables: Tables) -> dict[str, Any]:
    """A card a policy with its learning curves, all on the same axes."""
    from markupsafe import Markup

    table = tables.curves
    shown = telling_policies(tables, MOST_CURVES) if not table.empty else []
    domains = {what: charts.domain_of(table, what) for what in ("accuracy", "loss")}
    cards = []
    for policy in shown:
        place = tables.run.policies.index(policy)
        svg = {
            what: Markup(charts.curves(table, policy, place, what, domain))
            for what, domain in domains.items()
        }
        cards.append({"policy": policy, "place": place, **svg})
    with_curves = table["policy"].nunique()
    thin, epochs = thinned(table, CURVE_ROWS)
    what = "every epoch" if len(thin) == len(table) else f"{len(epochs)} epochs of each trial"
    return {
        "curves": cards,
        "curves_left_out": with_curves - len(cards),
        "curves_caption": f"Figures of the curves, {what}",
    }


def _sections(found: dict[str, Any]) -> list[tuple[str, str]]:
    """The sections that have something to show, as (anchor, title)."""
    views = found["views"]
    pictures_ = found["examples"] or found["sheets"] or views["synthetic"]
    every = [
        ("accuracy", "Accuracy", True),
        ("overfitting", "Overfitting", True),
        ("curves", "Learning curves", found["curves"]),
        ("classes", "Classes", views["per_class"]),
        ("examples", "Pictures", pictures_),
        ("cost", "Cost", views["trials"]),
        ("noise", "Noise", found["noise_sentences"] or views["noise"]),
        ("settings", "Settings", True),
    ]
    return [(name, title) for name, title, there in every if there]
