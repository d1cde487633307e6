"""Do augmentations still do what they did? The regression gate."""
