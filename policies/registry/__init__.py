"""From the name of a policy to the policy: what can be named, how it is built, its identity."""

from augbench.policies.registry.building import build
from augbench.policies.registry.catalogue import BUILT_IN, names, resolve, signature, takes
from augbench.policies.registry.trial_identity import file_hash, identity

__all__ = ["BUILT_IN", "build", "file_hash", "identity", "names", "resolve", "signature", "takes"]
