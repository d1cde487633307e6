"""A comparison: its settings, its grid of trials, and what a person sees of it."""
