"""Policies that enlarge a training set with images of generative adversarial networks."""

from augbench.policies.gan.cycle_policy import CycleGan
from augbench.policies.gan.policy import Gan

__all__ = ["CycleGan", "Gan"]
