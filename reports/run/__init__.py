"""The run folder as it is read."""
