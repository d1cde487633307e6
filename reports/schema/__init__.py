"""What may stand in summary.json? Its JSON Schema, as shipped with the package."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any


def summary_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of summary.json."""
    text = resources.files(__name__).joinpath("summary.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))
