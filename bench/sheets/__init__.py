"""Sheets of pictures: what policies and engines make of the same images."""
