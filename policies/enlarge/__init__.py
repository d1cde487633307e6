"""Policies that enlarge a training set without learning a network."""
