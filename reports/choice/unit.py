"""What are the gains of a search gains of, and how are they written?"""

from __future__ import annotations

from dataclasses import dataclass

from augbench.reports.choice.choice import Choice, Estimate, Result
from augbench.reports.findings.wording.phrases import margin_name
from augbench.reports.formatting import is_missing, shown


@dataclass(frozen=True)
class Unit:
    """What gains are gains of.

    Attributes:
        what: the figure, in words.
        name: what a gain of it is counted in.
        rounding: how a gain is written, one of `augbench.reports.formatting.KINDS`.
        scale: what a figure is multiplied with to be in this unit.
    """

    what: str
    name: str = "points"
    rounding: str = "points"
    scale: float = 100.0

    def signed(self, value: float) -> str:
        """Such as "+2.1"."""
        text = shown(value, self.rounding)
        plus = self.rounding != "points" and value > 0 and float(text) != 0
        return f"+{text}" if plus else text

    def plain(self, value: float) -> str:
        """Such as "2.1"."""
        return shown(value, "gap" if self.rounding == "points" else self.rounding)

    def between(self, low: float, high: float) -> str:
        """Such as "0.4 to 3.8", with signs where they differ; "" where there is no interval."""
        if is_missing(low) or is_missing(high):
            return ""
        write = self.plain if low > 0 else self.signed
        return f"{write(low)} to {write(high)}"

    def amount(self, mean: float, low: float, high: float) -> str:
        """Such as "+2.1 points (0.4 to 3.8)"."""
        between = self.between(low, high)
        return f"{self.signed(mean)} {self.name}" + (f" ({between})" if between else "")


_UNITS = {
    "accuracy": Unit("accuracy"),
    "balanced_accuracy": Unit("balanced accuracy", "points of balanced accuracy"),
    "worst_class": Unit("recall of the worst class", "points of the worst class's recall"),
    "loss": Unit("loss, lower is better", "nats less loss", "number", 1.0),
}


def unit(choice: Choice) -> Unit:
    """What the gains of this search are gains of."""
    return _UNITS.get(choice.objective, _UNITS["accuracy"])


def of_estimate(choice: Choice, estimate: Estimate) -> str:
    """Such as "+1.2 points (0.1 to 2.3)": two standard deviations either way."""
    return unit(choice).amount(
        estimate.mean, estimate.mean - 2 * estimate.sd, estimate.mean + 2 * estimate.sd
    )


def of_result(choice: Choice, result: Result) -> str:
    """A difference on fresh seeds in words."""
    return unit(choice).amount(result.mean, result.low, result.high)


def margin_in_words(choice: Choice) -> str:
    """Under what a difference does not matter, such as "1 point"."""
    if unit(choice).rounding == "points":
        return margin_name(choice.margin)
    return f"{choice.margin:g} {unit(choice).name}"
