"""The options of a run: one model, and what a person may give for it."""
