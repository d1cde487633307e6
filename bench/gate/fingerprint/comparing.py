"""Does a policy still do what its fingerprint says, and if not, what became different?"""

from __future__ import annotations

from augbench.bench.gate import TOLERANCE
from augbench.bench.gate.fingerprint.definitions import edits
from augbench.bench.gate.fingerprint.evidence import Evidence
from augbench.bench.gate.fingerprint.of_geometry import of_geometry
from augbench.bench.gate.fingerprint.of_labels import of_labels, of_rows
from augbench.bench.gate.fingerprint.of_levels import HIDE_MOVEMENT, of_channels, of_levels
from augbench.bench.gate.fingerprint.of_randomness import of_batches, of_independence
from augbench.bench.gate.fingerprint.of_sampling import of_sampling
from augbench.bench.gate.fingerprint.stored import Entry, digest
from augbench.bench.gate.rendering.rendering import Rendering
from augbench.reports.run.tier_one import SubjectCheck

from augbench.findings import Finding


def compare(entry: Entry, rendering: Rendering, tolerance: int = TOLERANCE) -> SubjectCheck:
    """Return what of a policy changed since its entry was accepted.

    Args:
        entry: what it did.
        rendering: what it does, shown the same pictures.
        tolerance: grey levels that count as rounding.
    """
    name, made = rendering.subject.name, rendering.made
    edited = edits(entry.definition, rendering.subject.definition)
    if entry.shape != list(rendering.cards.shape):
        shapes = {"then": entry.shape, "now": list(rendering.cards.shape)}
        return SubjectCheck(name, "changed", (*edited, Finding("shape-changed", shapes)))
    evidence = Evidence.of(entry, rendering, tolerance)
    figures = _figures(evidence, entry, rendering)
    same_randomness = evidence.randomness_then == evidence.randomness_now
    moments = [moment for moment, batch in made.items() if digest(batch) != entry.sha256[moment]]
    exact_draws = evidence.same_maps and evidence.same_levels and same_randomness
    if not moments and exact_draws:
        return SubjectCheck(name, "same", tuple(edited), figures)
    if exact_draws and not evidence.differs.any() and evidence.same_labels:
        if "first" in moments:
            return SubjectCheck(name, "rounding", tuple(edited), figures)
        return SubjectCheck(
            name, "changed", (*edited, Finding("moments-differ", {"moments": moments})), figures
        )
    return SubjectCheck(name, "changed", (*edited, *_causes(evidence)), figures)


def _causes(evidence: Evidence) -> list[Finding]:
    """Return what would explain the differences, the gravest first."""
    causes = of_batches(evidence)
    rows = of_rows(evidence)
    labels = [] if rows and rows[0].figures["labels_too"] else of_labels(evidence)
    causes += rows + labels
    channels = of_channels(evidence)
    levels = of_levels(evidence)
    hidden = any(finding.kind in HIDE_MOVEMENT for finding in levels)
    geometry = [] if hidden else of_geometry(evidence)
    causes += of_independence(evidence) + geometry + levels + channels
    if not rows and not geometry and not levels and not channels:
        causes += of_sampling(evidence)
    if not causes:
        causes.append(Finding("pixels-alone", {"where": "all"}))
    return causes


def _figures(evidence: Evidence, entry: Entry, rendering: Rendering) -> dict[str, object]:
    return {
        "pixels_differ": float((evidence.apart > 0).mean()),
        "pixels_beyond_rounding": float(evidence.differs.mean()),
        "largest": int(evidence.apart.max(initial=0)),
        "same_draws": evidence.same_maps and evidence.same_levels,
        "draws_read": float(evidence.both_known.mean()),
        "same_labels": evidence.same_labels,
        "images_per_second": float(f"{rendering.images_per_second:.2g}"),
        "images_per_second_then": entry.images_per_second,
    }
