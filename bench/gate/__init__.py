"""Do augmentations still do what they did? The regression gate."""

#: grey levels that count as rounding where nothing else is said
TOLERANCE = 1
