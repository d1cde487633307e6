"""Which augmentations are tried, and what are they?"""
