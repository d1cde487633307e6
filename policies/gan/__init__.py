"""Policies that enlarge a training set with images of generative adversarial networks."""

from policies.gan.cycle_policy import CycleGan
from policies.gan.policy import Gan

__all__ = ["CycleGan", "Gan"]
