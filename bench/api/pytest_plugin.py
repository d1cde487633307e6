"""The plug-in for pytest: tests that hold augmentation to its fingerprint, health and baseline.

    def test_augmentation(augbench):
        augbench.fingerprint(my_pipeline)       # or a policy, layers, a function, "keras"
        augbench.health(my_pipeline)

`pytest --augbench-accept` writes what is checked instead. Nothing heavy is imported before a test
asks for it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from augbench.bench.gate import TOLERANCE

from augbench.errors import InputError

if TYPE_CHECKING:
    from augbench.bench.api.check import Checked

_ACCEPT = "--augbench-accept"
_FOLDER = "fingerprints"
_MARKER = (
    f"augbench(file=None, spec=None, tolerance={TOLERANCE}): what the fixture augbench checks "
    "against in this test: the file of the fingerprint, the spec, the grey levels that count as "
    "rounding"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--augbench-accept``."""
    group = parser.getgroup("augbench", "augmentation checks")
    group.addoption(
        _ACCEPT,
        action="store_true",
        help="accept what augmentation does now: write fingerprints instead of checking them",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def augbench(request: pytest.FixtureRequest) -> Augbench:
    """Checks of augmentation: ``fingerprint``, ``health`` and ``baseline``."""
    return Augbench(request)


class AugmentationChanged(pytest.fail.Exception):
    """A check that failed; ``found`` is what `augbench.check` returned."""

    def __init__(self, checked: Checked) -> None:
        super().__init__(f"augbench: {checked!r}", pytrace=False)
        self.found = checked


class Augbench:
    """What a test asks of augmentation; a failure says what changed and names the picture."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        marker = request.node.get_closest_marker("augbench")
        self._marked: dict[str, Any] = dict(marker.kwargs) if marker else {}
        self._accepted: set[Path] = set()

    def fingerprint(
        self,
        *policies: Any,
        file: str | os.PathLike[str] | None = None,
        spec: Any = None,
        tolerance: int | None = None,
        data: Any = None,
        image_size: int | tuple[int, int] | str | None = None,
    ) -> Checked | None:
        """Fail where pixels, labels or draws are not those that were accepted.

        Args:
            policies: as `augbench.check` takes them; by default all engines that can apply the
                spec.
            file: the fingerprint, relative to the test's file. Default: that of the marker, else
                ``fingerprints/MODULE.TEST.json``, with the class before the test where it has one.
            spec: for policies that take one. Default: that of the marker, else ``light``.
            tolerance: grey levels that count as rounding. Default: that of the marker, else 1.
            data: what the pictures are taken from. Default: embedded ones.
            image_size: pixels a side, or (height, width). Default: 24 by 32, or that of the data.

        Returns:
            What was found; None where it was accepted.

        Raises:
            InputError: the test accepts one file twice, or as of `augbench.check`.
        """
        from augbench.bench.api.accept import accept
        from augbench.bench.api.check import check

        __tracebackhide__ = True
        place = self._file(file)
        words = self._marked.get("spec") if spec is None else spec
        if self._request.config.getoption(_ACCEPT):
            self._require_new(place)
            accept(*policies, fingerprint=place, spec=words, data=data, image_size=image_size)
            return None
        levels = self._marked.get("tolerance", TOLERANCE) if tolerance is None else tolerance
        if not place.exists():
            pytest.fail(
                f"there is no fingerprint {place}: pytest {_ACCEPT} writes it", pytrace=False
            )
        shown = {"data": data, "image_size": image_size}
        return _passed(check(*policies, fingerprint=place, spec=words, tolerance=levels, **shown))

    def health(
        self,
        *policies: Any,
        spec: Any = None,
        data: Any = None,
        image_size: int | tuple[int, int] | str | None = None,
    ) -> Checked:
        """Fail where augmentation has a fault of randomness or input; arguments as above."""
        from augbench.bench.api.check import check

        __tracebackhide__ = True
        words = self._marked.get("spec") if spec is None else spec
        checked = check(*policies, health=True, spec=words, data=data, image_size=image_size)
        return _passed(checked)

    def baseline(self, *run: Any, file: str | os.PathLike[str], **options: Any) -> Checked | None:
        """Fail where the effect of a policy regressed or is not settled.

        Args:
            run: a run folder, or with ``data=`` the policies to train.
            file: the baseline, relative to the test's file.
            options: as of `augbench.check`.

        Returns:
            What was found; None where it was accepted.
        """
        from augbench.bench.api.accept import accept
        from augbench.bench.api.check import check

        __tracebackhide__ = True
        place = self._beside(file)
        if self._request.config.getoption(_ACCEPT):
            if "data" in options:
                pytest.skip(f"{_ACCEPT} accepts finished runs; augbench accept RUN writes {place}")
            accept(*run, baseline=place)
            return None
        return _passed(check(*run, baseline=place, **options))

    def _file(self, given: str | os.PathLike[str] | None) -> Path:
        if given is not None or "file" in self._marked:
            return self._beside(self._marked["file"] if given is None else given)
        node = self._request.node
        _, *inside = node.nodeid.split("[", 1)[0].split("::")
        name = ".".join([*inside[:-1], node.name])
        name = re.sub(r"[^\w.-]+", "_", name).strip("_")
        return self._beside(f"{_FOLDER}/{node.path.stem}.{name}.json")

    def _require_new(self, place: Path) -> None:
        """Raise `InputError` where this test has accepted a file: the second replaces the first."""
        if place in self._accepted:
            raise InputError(
                f"{place} is accepted twice in one test; name both policies in one call, or give "
                "each a file="
            )
        self._accepted.add(place)

    def _beside(self, given: str | os.PathLike[str]) -> Path:
        place = self._request.path.parent / given
        try:
            return place.relative_to(Path.cwd())
        except ValueError:
            return place


def _passed(checked: Checked) -> Checked:
    """Return what was found, or fail with it."""
    __tracebackhide__ = True
    if not checked.passed:
        raise AugmentationChanged(checked)
    return checked
