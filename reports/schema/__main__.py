"""`python -m augbench.reports.schema [NAME]`: print a JSON Schema, by default of summary.json."""

from __future__ import annotations

import json
import sys

from augbench.reports.schema import SCHEMAS

if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "summary"
    if name not in SCHEMAS:
        sys.exit(f"there is no schema {name!r}; known are {', '.join(SCHEMAS)}")
    print(json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False))
