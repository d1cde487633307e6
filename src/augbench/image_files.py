"""Which files are images, by their names; all that Pillow reads by itself everywhere."""

from __future__ import annotations

SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".webp", ".gif", ".tif", ".tiff"),
    *(".ppm", ".pgm", ".pbm"),
)
