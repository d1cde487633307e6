"""Which trials a grid has, and by what their results are told from others: plans, KEYs, studies."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from augbench.bench.data import Dataset
from augbench.bench.executors import worker
from augbench.bench.options.model import Settings, deciding
from augbench.bench.trial import environment, models
from augbench.bench.trial.trial import TrialPlan
from augbench.policies.code_identity import code_digest
from augbench.policies.expression import Expression
from augbench.policies.registry import build, identity
from augbench.policies.spec.spec import AugmentationSpec

from augbench.backend import TENSORFLOW, backend


def repeatable(
    settings: Settings, spec: AugmentationSpec, policies: Sequence[Expression]
) -> Settings:
    """Return the settings that repeat a run: all its policies, its spec word by word."""
    texts = tuple(policy.text for policy in policies)
    return dataclasses.replace(settings, policies=texts, spec=spec.to_dict())


def plans_of(
    settings: Settings, dataset: Dataset, spec: AugmentationSpec, policies: Sequence[Expression]
) -> tuple[TrialPlan, ...]:
    """Return a plan a trial, seeds outermost, so that whole blocks get done first."""
    shared = {
        "augbench": environment.augbench_version(),
        "source": code_digest(worker.__name__),
        "versions": environment.versions(),
        **({} if (used := backend()) == TENSORFLOW else {"backend": used}),
        "dataset": dataset.name,
        "options": {name: getattr(settings, name) for name in deciding("trial")}
        | {  # what they refer to, in place of its name
            "data": dataset.fingerprint,
            "image_size": dataset.shape,
            "spec": spec.hash(),
            "model": models.source(settings.model).identity(),
        },
    }
    identities = [identity(policy, spec) for policy in policies]
    artefacts = [build(policy, spec).artefact_key for policy in policies]
    effective = repeatable(settings, spec, policies)
    plans = []
    for seed in settings.seed_list:
        for policy, identified, artefact in zip(policies, identities, artefacts, strict=True):
            content = shared | {"label": policy.label, "policy": identified, "seed": seed}
            plans.append(
                TrialPlan(
                    key=_hash(content)[:24],
                    policy=policy.text,
                    label=policy.label,
                    seed=seed,
                    data=dataset.reference,
                    dataset=dataset.name,
                    settings=effective,
                    artefact_key=f"{seed}: {artefact}" if artefact else "",
                )
            )
    return tuple(plans)


def study_of(settings: Settings, dataset: Dataset, spec: AugmentationSpec) -> str:
    """Return what tells grids from others whatever their seeds; looks are counted within one."""
    study = {name: getattr(settings, name) for name in deciding("study", "trial")}
    return _hash(study | {"data": dataset.fingerprint, "spec": spec.to_dict()})[:16]


def _hash(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
