"""Policies that change batches by other means than a spec."""
