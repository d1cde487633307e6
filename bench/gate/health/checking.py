"""Which checks does a policy's health consist of, and how grave is what they find?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from augbench.bench.gate.health.as_called import as_called
from augbench.bench.gate.health.independence import independent
from augbench.bench.gate.health.probe import Probe
from augbench.bench.gate.health.randomness import (
    copies,
    epochs,
    repeatable,
    seeds,
    something,
    steps,
)
from augbench.bench.gate.health.strength import strength
from augbench.bench.gate.health.values import in_range, input_kept, not_uniform
from augbench.bench.gate.rendering.rendering import Rendering
from augbench.reports.run.tier_one import SubjectCheck, Verdict

from augbench.errors import InputError, reason_of
from augbench.findings import Finding

Check = Callable[[Probe], list[Finding]]

#: all checks by what they ask, in the order in which findings of one gravity are told
CHECKS: Mapping[str, Check] = {
    "epochs differ": epochs,
    "steps differ": steps,
    "seeds differ": seeds,
    "a batch repeats": repeatable,
    "transforms draw for themselves": independent,
    "the object is sound as its owner calls it": as_called,
    "as strong as the spec says": strength,
    "the input stays": input_kept,
    "values stay in range": in_range,
    "images are not black or white": not_uniform,
    "something is done": something,
    "each image has its own draw": copies,
}
#: kinds of findings that make a policy faulty; all others are something to know
FAULTS = frozenset(
    {
        "health-epochs-repeat",
        "health-steps-repeat",
        "health-batches-repeat",
        "health-seed-ignored",
        "health-other-randomness",
        "health-shared-stream",
        "health-flips-together",
        "health-members-share-seed",
        "health-augments-at-rest",
        "health-strength",
        "health-shifts-swapped",
        "health-input-changed",
        "health-values-wrapped",
        "health-images-black",
        "health-images-white",
    }
)


def health_of(rendering: Rendering) -> SubjectCheck:
    """Return what is wrong with a policy by itself, faults first.

    Its verdict is ``fault`` where any finding is one, ``caution`` where there is something to
    know, else ``healthy``. Its figures are ``checks``, how many there are, and ``read``, the share
    of images from whose pixels their draws could be read: where few could, strength and
    independence are not judged.

    Raises:
        InputError: the policy fails on what a check asks it; one line.
    """
    name, probe = rendering.subject.name, Probe(rendering)
    findings: list[Finding] = []
    for asked, check in CHECKS.items():
        try:
            findings += check(probe)
        except Exception as error:
            raise InputError(
                f"{name} fails when asked whether {asked}: {reason_of(error)}"
            ) from error
    ranked = [replace(finding, policy=name) for finding in findings]
    ranked.sort(key=lambda finding: finding.kind not in FAULTS)  # stable: checks keep their order
    verdict: Verdict = "healthy"
    if ranked:
        verdict = "fault" if ranked[0].kind in FAULTS else "caution"
    figures = {"checks": len(CHECKS), "read": float(rendering.measured.known.mean())}
    return SubjectCheck(name, verdict, tuple(ranked), figures)
