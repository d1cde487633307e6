"""What may stand in files for machines? Their JSON Schemas; `python -m augbench.reports.schema`.

`summary.schema.json` ships with the package and says everything but the columns of the tables,
which are added here as the tables declare them. Those of the regression gate follow the classes
that read and write its files.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

from augbench.reports.columns import Column, Table
from augbench.reports.tables import registry

if TYPE_CHECKING:
    from pydantic import TypeAdapter

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


def baseline_schema() -> dict[str, Any]:
    """The JSON Schema of a baseline, what `augbench accept` writes."""
    from augbench.reports.run.baseline import adapter

    return _of_gate(adapter(), "baseline of augbench check")


def check_schema() -> dict[str, Any]:
    """The JSON Schema of check.json and of `augbench check --json`."""
    from augbench.reports.run.check import check_adapter

    return _of_gate(check_adapter(), "check.json of augbench check")


def calibration_schema() -> dict[str, Any]:
    """The JSON Schema of `augbench check --calibrate --json`."""
    from augbench.reports.run.calibration import calibration_adapter

    return _of_gate(calibration_adapter(), "augbench check --calibrate --json")


def _of_gate(adapter: TypeAdapter[Any], title: str) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **adapter.json_schema(mode="serialization"),
        "title": title,
    }


#: by the word after `python -m augbench.reports.schema`, the first by default
SCHEMAS = {
    "summary": summary_schema,
    "baseline": baseline_schema,
    "check": check_schema,
    "calibration": calibration_schema,
}


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
