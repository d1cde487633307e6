"""Which engines apply a spec's draws to images; a line of the table is all that one needs here."""

from __future__ import annotations

#: engine name -> the class that it stands for
PLACES: dict[str, str] = {
    "keras": "augbench.policies.engines.keras:KerasEngine",
    "albumentations": "augbench.policies.engines.albumentations:AlbumentationsEngine",
    "keras-layers": "augbench.policies.engines.keras_layers:KerasLayersEngine",
    "keras-ops": "augbench.policies.engines.keras_ops:KerasOpsEngine",
}
#: the policy that becomes the fastest of them where a run computes
AUTO = "auto"
