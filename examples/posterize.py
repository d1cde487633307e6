"""A policy of your own: any class with a method `change` can be compared like those built in."""

from augbench import Batch, Policy


class Posterize(Policy):
    """Keep the highest bits of some of the images.

    Args:
        bits: how many of the 8 bits of a pixel are kept, 1…8.
        p: the share of images that it happens to.
    """

    def __init__(self, bits: int = 4, p: float = 0.5) -> None:
        self.mask, self.p = 256 - 2 ** (8 - bits), p

    def change(self, batch: Batch) -> Batch:
        """Change images (uint8, B×H×W×C); all randomness comes from ``batch.rng``."""
        chosen = batch.rng.random(len(batch.images)) < self.p
        images = batch.images.copy()
        images[chosen] &= self.mask
        return batch.replace(images=images)
