"""What does a run say, in a notebook's cell? Conclusion, chart and table of accuracy, no script."""

from __future__ import annotations

from pathlib import Path

from augbench.reports.charts import charts
from augbench.reports.findings.analysis import Tables
from augbench.reports.tables.views import VERDICT_SIGNS, best_first, view


def html(tables: Tables, report: Path) -> str:
    """A run as a piece of HTML that stands in any page.

    Args:
        tables: the run's tables; names in them stay text whatever they contain.
        report: where the page with everything is, for the last line.

    Returns:
        One <div> with its own styles, which touch nothing outside it.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("augbench.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    ranked = best_first(tables.accuracy)
    places = {label: place for place, label in enumerate(tables.run.policies)}
    compared = bool(ranked["delta_mean"].notna().any())
    drawn = charts.effect(ranked, tables.margin, tables.run.baseline, places) if compared else ""
    return environment.get_template("notebook.html.j2").render(
        sentence=tables.conclusion.sentence,
        remarks=tables.conclusion.remarks,
        chart=Markup(drawn),
        view=view("accuracy", ranked),
        signs=VERDICT_SIGNS,
        notes=tables.remarks("accuracy", ""),
        report=str(report),
    )
