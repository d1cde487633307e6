"""What does a run say, in a notebook's cell? Conclusion, chart and table of accuracy, no script."""

from __future__ import annotations

from pathlib import Path

from augbench.reports.charts.accuracy import effects
from augbench.reports.findings.analysis import Tables
from augbench.reports.render.templates import filled_in
from augbench.reports.tables.accuracy import ACCURACY
from augbench.reports.views import best_first, view


def html(tables: Tables, report: Path) -> str:
    """A run as a piece of HTML that stands in any page.

    Args:
        tables: the run's tables; names in them stay text whatever they contain.
        report: where the page with everything is, for the last line.

    Returns:
        One <div> with its own styles, which touch nothing outside it.
    """
    from markupsafe import Markup

    ranked = best_first(tables.accuracy)
    places = {label: place for place, label in enumerate(tables.run.policies)}
    compared = bool(ranked["delta_mean"].notna().any())
    drawn = effects(ranked, tables.margin, tables.run.baseline, places) if compared else ""
    return filled_in(
        "notebook.html.j2",
        sentence=tables.conclusion.sentence,
        remarks=tables.conclusion.remarks,
        chart=Markup(drawn),
        view=view(ACCURACY, ranked),
        notes=tables.remarks("accuracy"),
        report=str(report),
    )
