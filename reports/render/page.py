"""What does a run say, in a browser? The file report.html: one file, no network, no script needed.

`page` collects what the templates show; they add words and layout, no figure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
from augbench.reports.charts import classes, cost, curves
from augbench.reports.charts.accuracy import effects, seeds
from augbench.reports.charts.gap_against_accuracy import gap_against_accuracy
from augbench.reports.findings import run_facts
from augbench.reports.findings.actions import actions, compare_again
from augbench.reports.findings.analysis import Tables
from augbench.reports.findings.summary_cards import summary_cards, trouble
from augbench.reports.findings.typical_trial import TYPICAL_TRIAL, typical_trials
from augbench.reports.findings.wording import Remark, remarks, words
from augbench.reports.render import examples, glance
from augbench.reports.render.extracts import (
    other_tables,
    settled_classes,
    telling_classes,
    telling_policies,
    thinned,
)
from augbench.reports.render.pictures import Budget
from augbench.reports.render.templates import filled_in
from augbench.reports.run.layout import MEASURES
from augbench.reports.tables.accuracy import ACCURACY
from augbench.reports.tables.class_measures import unbalanced
from augbench.reports.tables.confusion import CONFUSION
from augbench.reports.tables.cost import COST
from augbench.reports.tables.curves import CURVES
from augbench.reports.tables.overfitting import OVERFITTING
from augbench.reports.tables.pairs import PAIRS
from augbench.reports.tables.per_class import PER_CLASS
from augbench.reports.tables.seed_variance import SEED_VARIANCE
from augbench.reports.tables.synthetic import SYNTHETIC
from augbench.reports.tables.trials import TRIALS
from augbench.reports.views import View, balanced_columns, best_first, settled_first, view

# What a page has room for; the CSV files have the rest.
MOST_ROWS = 600
MOST_CURVES = 12
MOST_SEED_DOTS = 300
CURVE_ROWS = 500
MOST_CLASSES = 16
MOST_TIMED = 20
MOST_TIMED_TRIALS = 1000
MOST_GLANCED = 8


def page(tables: Tables) -> str:
    """The report as one HTML document.

    Args:
        tables: the run's tables; names in them stay text whatever they contain.

    Returns:
        The document, with its styles, script, charts and pictures inside.
    """
    return filled_in("page.html.j2", p=contents(tables))


def contents(tables: Tables) -> dict[str, Any]:
    """Everything that the templates show, by the names they use."""
    run = tables.run
    budget = Budget()
    acting = actions(tables)
    top = glance.glance(run, tables.confusion, budget, telling_policies(tables, MOST_GLANCED))
    urgent = [finding for finding in tables.conclusion.asides if finding.kind == "collapsed"]
    shown = {
        "version": str(run.environment.get("augbench", "")),
        "dataset": run.dataset,
        "policies": run.policies,
        "baseline": run.baseline,
        "margin": f"{100 * tables.margin:g}",
        "places": {label: place for place, label in enumerate(run.policies)},
        "facts": run_facts.facts(tables),
        "headline": tables.conclusion.headline,
        "asides": [words(item) for item in tables.conclusion.asides if item not in urgent],
        "actions": acting
        and {
            "keep": [words(finding) for finding in acting.keep],
            "drop": [words(finding) for finding in acting.drop],
            "next": words(acting.next),
            "command": acting.command,
            "code": acting.code,
        },
        "again": compare_again(run, out="again"),
        "glance": top,
        "cards": summary_cards(tables),
        "trouble": [
            *(Remark("", words(finding)) for finding in urgent),
            *(Remark(finding.policy, words(finding)) for finding in trouble(tables)),
        ],
        "notes": _notes(tables),
        "views": _views(tables),
        "examples": examples.examples(run, budget),
        "mistakes": examples.mistakes(run, tables.confusion, budget),
        "sheets": examples.sheets(run, budget),
        "refused": budget.refused,
        "seed_variance": [words(finding) for finding in tables.findings_of("noise")],
        "others": [
            (table, view(table, frame, table.most_rows or MOST_ROWS))
            for table, frame in other_tables(tables)
        ],
        "warnings": run_facts.warnings_of(tables),
        "settings": run_facts.settings(tables),
        "environment": run_facts.environment(tables),
        **_charts(tables),
        **_curves(tables),
    }
    return shown | {"sections": _sections(shown)}


def _notes(tables: Tables) -> dict[str, list[Remark]]:
    """What must be said of each table, by its name."""
    return {name: remarks(tables.findings_of(name)) for name in tables.frames}


def _views(tables: Tables) -> dict[str, View | None]:
    """The tables of the page; None where there is nothing to show."""
    few_curves, _ = thinned(tables.curves, CURVE_ROWS)
    curves_view = replace(view(CURVES, few_curves), left_out=len(tables.curves) - len(few_curves))
    frames = (
        (ACCURACY, settled_first(best_first(tables.accuracy))),
        (OVERFITTING, settled_first(tables.overfitting)),
        (PAIRS, settled_first(tables.pairs)),
        (PER_CLASS, telling_classes(tables.per_class)),
        (CONFUSION, _worst_first(tables.confusion)),
        (TYPICAL_TRIAL, typical_trials(tables)),
        (TRIALS, tables.trials),
        (COST, tables.cost),
        (SEED_VARIANCE, tables.seed_variance),
    )
    same_size = balanced_columns(not unbalanced(tables.run))
    views = [view(table, frame, table.most_rows, same_size) for table, frame in frames]
    views.append(curves_view)
    shown = {each.table.name: each if each.rows else None for each in views}
    synthetic = tables.synthetic
    settled = settled_classes(tables.per_class)
    shown["settled_classes"] = view(PER_CLASS, settled) if len(settled) else None
    return shown | {"synthetic": None if synthetic is None else view(SYNTHETIC, synthetic)}


def _worst_first(confusion: pd.DataFrame) -> pd.DataFrame:
    return confusion.sort_values("delta_mean", ascending=False, kind="stable")


def _charts(tables: Tables) -> dict[str, Any]:
    """Charts as markup, "" where there is nothing to draw, and the words that go with them."""
    from markupsafe import Markup

    run, margin = tables.run, tables.margin
    ranked = settled_first(best_first(tables.accuracy))
    compared = bool((tables.accuracy["delta_mean"].notna()).any())
    done = tables.trials[tables.trials["status"] == "done"]
    dotted = telling_policies(tables, max(2, MOST_SEED_DOTS // max(8, len(run.seeds))))
    dotted = [label for label in ranked["policy"] if label in set(dotted)]
    left_out = sum(bool(run.done(label)) for label in run.policies) - len(dotted)
    places = {label: place for place, label in enumerate(run.policies)}
    points = tables.overfitting[["policy", "gap_delta"]].merge(
        tables.accuracy[["policy", "delta_mean", "verdict"]], on="policy"
    )
    points["overfitting"] = tables.overfitting["verdict"].tolist()
    clearest = settled_classes(tables.per_class).head(MOST_CLASSES)
    timed = [label for label in run.policies if label in set(done["policy"])]
    timed = timed if len(timed) <= MOST_TIMED else []
    each = MOST_TIMED_TRIALS // max(1, len(timed))
    first = tables.trials.groupby("policy").head(each)
    drawn = {
        "effects": effects(ranked, margin, run.baseline, places) if compared else "",
        "seeds": (
            seeds(tables.trials, dotted, run.baseline, places, MEASURES[run.measure])
            if dotted
            else ""
        ),
        "gap": gap_against_accuracy(points, margin, run.baseline) if compared else "",
        "classes": classes.classes(clearest, places) if not clearest.empty else "",
        "seconds": cost.seconds(first, timed) if timed else "",
    }
    more = f" {left_out} more policies that differ less stand in the table." if left_out else ""
    return {
        "charts": {name: Markup(svg) for name, svg in drawn.items()},
        "seeds_left_out": more,
        "seconds_caption": "Seconds of every trial."
        if len(first) == len(tables.trials)
        else f"Seconds of the first {each} trials of each policy.",
        "classes_caption": f"The {len(clearest)} settled changes of recall that are largest, of "
        f"{len(tables.per_class) - len(run.classes):,}.",
    }


def _curves(tables: Tables) -> dict[str, Any]:
    """A card a policy with its learning curves, all on the same axes."""
    from markupsafe import Markup

    table = tables.curves
    shown = telling_policies(tables, MOST_CURVES) if not table.empty else []
    domains = {what: curves.domain_of(table, what) for what in ("accuracy", "loss")}
    cards = []
    for policy in shown:
        place = tables.run.policies.index(policy)
        svg = {
            what: Markup(curves.curves(table, policy, place, what, domain))
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


def _sections(shown: dict[str, Any]) -> list[tuple[str, str]]:
    """The sections that have something to show, as (anchor, title)."""
    views = shown["views"]
    pictures = shown["examples"] or shown["sheets"] or views["synthetic"]
    sections = [
        ("glance", "Why", shown["charts"]["effects"] or shown["glance"]),
        ("accuracy", "Accuracy", True),
        ("overfitting", "Overfitting", True),
        ("curves", "Learning curves", shown["curves"]),
        ("classes", "Classes", views["per_class"]),
        ("examples", "Pictures", pictures),
        ("cost", "Cost", views["trials"]),
        ("noise", "Noise", shown["seed_variance"] or views["noise"]),
        *((table.name, table.title, True) for table, _ in shown["others"]),
        ("settings", "Settings", True),
    ]
    return [(name, title) for name, title, there in sections if there]
