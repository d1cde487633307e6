"""What may stand in summary.json? Its JSON Schema; `python -m augbench.reports.schema` prints it.

`summary.schema.json` ships with the package and says everything but the columns of the tables,
which are added here as the tables declare them.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from augbench.reports.columns import Column, Table
from augbench.reports.tables import registry

# A value of a column of which the table does not know what a trial records in it.
_ANY_VALUE = {"type": ["number", "string", "boolean", "null"]}
_TYPES = {"text": "string", "whole": "integer", "float": "number", "flag": "boolean"}


def summary_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of summary.json."""
    text = resources.files(__name__).joinpath("summary.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    tables = [entry.table for entry in registry.TABLES]
    schema["properties"]["tables"] |= {
        "properties": {table.name: _rows(table) for table in tables},
        "required": [table.name for table in tables],
        "additionalProperties": False,
    }
    return schema


def _rows(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "description": table.about,
        "type": ["array", "null"] if table.optional else "array",
        "items": {
            "type": "object",
            "properties": {column.name: _value(column) for column in table.columns},
            "required": [column.name for column in table.columns if not column.recorded],
            "additionalProperties": False if table.further == "no" else _ANY_VALUE,
        },
    }


def _value(column: Column) -> dict[str, Any]:
    """What a row may have in a column: texts and flags always something, numbers perhaps null."""
    quantity = column.quantity
    unit = {"description": quantity.unit} if quantity.unit else {}
    if column.recorded:
        return unit | _ANY_VALUE
    if column.values:
        return {"enum": list(column.values)}
    name = _TYPES[quantity.dtype]
    certain = column.always or quantity.dtype in ("text", "flag")
    limits = {"minimum": quantity.least, "maximum": quantity.most}
    return (
        unit
        | {"type": name if certain else [name, "null"]}
        | {word: limit for word, limit in limits.items() if limit is not None}
    )
