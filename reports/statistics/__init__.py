"""Plain statistics: effects, intervals, verdicts, ranks."""
