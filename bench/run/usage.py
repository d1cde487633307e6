"""How is a policy used without augbench? Python to paste, where there is some."""

from __future__ import annotations

from augbench.bench.options.model import Settings
from augbench.policies.base import Policy
from augbench.policies.expression import Expression


def code_to_use(expression: Expression, policy: Policy, settings: Settings) -> str:
    """Return Python that enlarges and changes images as the policy does; empty where there is none.

    Args:
        expression: the policy as typed.
        policy: what it means.
        settings: the options of the run.
    """
    members = list(zip(expression.terms, policy.parts or (policy,), strict=True))
    enlarging = " + ".join(term.canonical() for term, part in members if part.enlarges)
    changing = [part.code for _, part in members if part.changes]
    if not all(changing):
        return ""
    lines = [f"augbench.expand({enlarging!r}, data={settings.data!r}, out='enlarged')"]
    return "\n".join([*(lines if enlarging else []), *changing])
