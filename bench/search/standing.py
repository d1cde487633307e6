"""What is known by now of who is best?"""

from __future__ import annotations

from dataclasses import dataclass, field

from augbench.bench.search.confirming import Confirmed
from augbench.bench.search.race import Estimate
from augbench.policies.expression import BASELINE


@dataclass
class Standing:
    """What is known by now, as the report wants it.

    Attributes:
        state: racing, confirming, interrupted or done.
        known: what is believed of each candidate that raced, on validation images.
        winner: the best of them, or the baseline.
        confirmed: what fresh seeds say of the winner against others, by label; the baseline first.
        leader: one line for a person who waits.
    """

    state: str = "racing"
    known: dict[str, Estimate] = field(default_factory=dict)
    winner: str = BASELINE
    confirmed: dict[str, Confirmed] = field(default_factory=dict)

    @property
    def leader(self) -> str:
        if self.winner not in self.known:
            return "no augmentation leads"
        estimate = self.known[self.winner]
        return (
            f"{self.winner} leads: {100 * estimate.mean:+.1f} ± {200 * estimate.sd:.1f} points "
            f"after {estimate.blocks} seeds"
        )
