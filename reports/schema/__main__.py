"""`python -m augbench.reports.schema`: print the JSON Schema of summary.json, columns included."""

from __future__ import annotations

import json

from augbench.reports.schema import summary_schema

if __name__ == "__main__":
    print(json.dumps(summary_schema(), indent=2, ensure_ascii=False))
