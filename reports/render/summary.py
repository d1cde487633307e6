"""What does a run say, for machines? The file summary.json, unrounded.

`augbench.reports.schema` describes it. `SCHEMA_VERSION` grows when a key disappears or changes its
meaning; a new key does not change it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from augbench.reports.findings.actions import actions
from augbench.reports.findings.analysis import Tables
from augbench.reports.findings.wording import words
from augbench.reports.formatting import is_missing

from augbench.findings import Finding

SCHEMA_VERSION = 2


def summary(tables: Tables) -> dict[str, Any]:
    """All figures of a run as plain data that JSON can hold.

    Args:
        tables: the run's tables.

    Returns:
        A dictionary as the schema says: tables as lists of rows, missing values as None.
    """
    run, level = tables.run, tables.level
    return {
        "schema_version": SCHEMA_VERSION,
        "augbench": str(run.environment.get("augbench", "")),
        "dataset": run.dataset,
        "measure": run.measure,
        "policies": list(run.policies),
        "baseline": run.baseline,
        "seeds": list(run.seeds),
        "classes": list(run.classes),
        "margin": tables.margin,
        "pairs_margin": tables.margin,
        "level": {
            "alpha": level.alpha,
            "comparisons": level.comparisons,
            "look": level.look,
            "confidence": level.confidence,
        },
        "conclusion": {
            "sentence": tables.conclusion.sentence,
            "remarks": list(tables.conclusion.remarks),
            "recommended": list(tables.conclusion.recommended),
        },
        "actions": _actions(tables),
        "tables": {
            name: None if frame is None else rows_of(frame) for name, frame in tables.frames.items()
        },
        "notes": [
            {"table": finding.table, "seeds": list(finding.seeds), **_finding(finding)}
            for finding in tables.findings
        ],
        "missing": [{"policy": policy, "seed": seed} for policy, seed in run.missing],
        "experiment": plain(run.experiment),
        "environment": plain(run.environment),
    }


def _actions(tables: Tables) -> dict[str, Any] | None:
    """What to keep, to drop and to do next; None where no policy could be compared."""
    acting = actions(tables)
    if acting is None:
        return None
    return {
        "keep": [_finding(finding) for finding in acting.keep],
        "drop": [_finding(finding) for finding in acting.drop],
        "next": _finding(acting.next),
        "command": acting.command,
        "code": acting.code,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "policy": finding.policy,
        "kind": finding.kind,
        "figures": plain(finding.figures),
        "text": words(finding),
    }


def summary_text(tables: Tables) -> str:
    """The text of summary.json, ended by a line feed; a row of a table is a line."""
    content = summary(tables)
    frames = content.pop("tables")
    head = _json(content, indent=1).removesuffix("\n}")
    texts = ",\n".join(f"  {_json(name)}: {_rows_text(rows)}" for name, rows in frames.items())
    return f'{head},\n "tables": {{\n{texts}\n }}\n}}\n'


def _rows_text(rows: list[dict[str, Any]] | None) -> str:
    if not rows:
        return _json(rows)
    return "[\n" + ",\n".join(f"   {_json(row)}" for row in rows) + "\n  ]"


def _json(content: Any, indent: int | None = None) -> str:
    return json.dumps(content, indent=indent, ensure_ascii=False, allow_nan=False)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows as JSON can hold them: what is missing or endless is None."""
    names = [str(name) for name in frame.columns]
    columns = [[plain(value) for value in frame[name]] for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def plain(value: Any) -> Any:
    """A value as JSON can hold it: what is missing or endless becomes None."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str | bool):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    return None if is_missing(value) else value
