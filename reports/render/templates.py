"""How is a template filled in? Whatever it shows is escaped, and a name it lacks is an error."""

from __future__ import annotations

from typing import Any

from augbench.reports.views import VERDICT_SIGNS, files_of


def filled_in(template: str, **contents: Any) -> str:
    """A template of `reports/templates` with these contents; text in them stays text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("augbench.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"signs": VERDICT_SIGNS, "files": files_of}
    return environment.get_template(template).render(**contents)
