"""The tables of a run, a file each."""
