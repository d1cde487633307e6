"""MLflow: a run for the comparison with the reports as artifacts, a nested run for each trial.

The tracking URI and the experiment are MLflow's own: MLFLOW_TRACKING_URI, MLFLOW_EXPERIMENT_NAME or
what a notebook has set; the experiment is called augbench where nothing is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from augbench.bench.trackers.records import StoredRun, StoredTrial

if TYPE_CHECKING:
    from mlflow.entities import Run

EXPERIMENT = "augbench"
#: tags by which a run is found again
RUN, KEY, DIGEST = "augbench.run", "augbench.key", "augbench.digest"
#: what a tracking server takes in one call, and as one value
MOST_METRICS, MOST_PARAMS, LONGEST = 1000, 100, 500


class Mlflow:
    """Writes through `MlflowClient`: the caller's active run and settings stay as they are."""

    def __init__(self, run: StoredRun) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # no network but what is asked
        from mlflow import MlflowClient

        self._run = run
        self._client = MlflowClient()
        self._experiment = self._experiment_id()
        self._known = {known.data.tags.get(KEY, ""): known for known in self._logged()}

    @property
    def where(self) -> str:
        """The tracking URI and the experiment."""
        name = self._client.get_experiment(self._experiment).name
        return f"mlflow: experiment {name!r} in {self._client.tracking_uri}"

    def trial(self, trial: StoredTrial) -> None:
        """Log a trial as a nested run, once."""
        known = self._known.get(trial.key)
        if known is not None:
            if known.data.tags.get(DIGEST) == trial.digest:
                return
            # Half logged before a kill, or a failure that was tried again.
            self._client.delete_run(known.info.run_id)
        logged = self._create(
            trial.name,
            {"mlflow.parentRunId": self._parent().info.run_id, KEY: trial.key},
            trial.ended - trial.seconds,
        )
        run_id = logged.info.run_id
        self._measures(run_id, trial)
        if trial.error:
            self._client.set_tag(run_id, "mlflow.note.content", trial.error[:LONGEST])
        status = "FAILED" if trial.error else "FINISHED"
        self._client.set_terminated(run_id, status, _milliseconds(trial.ended))
        self._complete(trial.key, logged, trial.digest)

    def report(self) -> None:
        """Log the reports as artifacts of the run that holds the trials."""
        parent, digest = self._parent(), self._run.digest()
        if parent.data.tags.get(DIGEST) == digest:
            return
        run_id = parent.info.run_id
        for path in self._run.reports():
            self._client.log_artifact(run_id, str(path))
        conclusion = self._run.summary().get("conclusion") or {}
        self._client.set_tag(run_id, "mlflow.note.content", str(conclusion.get("sentence", "")))
        self._client.set_terminated(run_id, "FINISHED")
        self._complete("", parent, digest)

    def _experiment_id(self) -> str:
        if wanted := os.environ.get("MLFLOW_EXPERIMENT_ID"):
            return wanted
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
        experiment = self._client.get_experiment_by_name(name)
        return experiment.experiment_id if experiment else self._client.create_experiment(name)

    def _logged(self) -> Iterable[Run]:
        """The runs of this run folder that are there, the one that holds the others among them."""
        token: str | None = None
        wanted = f"tags.`{RUN}` = '{self._run.identity}'"
        while token != "":
            page = self._client.search_runs([self._experiment], wanted, page_token=token)
            yield from page
            token = page.token or ""

    def _parent(self) -> Run:
        if "" not in self._known:
            name = self._run.path.resolve().name
            self._known[""] = self._create(name, {}, None)
        return self._known[""]

    def _create(self, name: str, tags: dict[str, str], began: float | None) -> Run:
        return self._client.create_run(
            self._experiment,
            start_time=None if began is None else _milliseconds(began),
            tags={RUN: self._run.identity} | tags,
            run_name=name,
        )

    def _measures(self, run_id: str, trial: StoredTrial) -> None:
        from mlflow.entities import Metric, Param

        when = _milliseconds(trial.ended)
        curves = [
            Metric(name, value, when, epoch)
            for epoch, row in trial.curves
            for name, value in row.items()
        ]
        drawn = {metric.key for metric in curves}
        last = len(trial.curves)
        figures = [
            Metric(name, value, when, last)
            for name, value in trial.figures.items()
            if name not in drawn  # the last point of its curve is the figure
        ]
        params = [Param(name, str(value)[:LONGEST]) for name, value in trial.options.items()]
        for some in _parts(params, MOST_PARAMS):
            self._client.log_batch(run_id, params=some)
        for some in _parts([*curves, *figures], MOST_METRICS):
            self._client.log_batch(run_id, metrics=some)

    def _complete(self, key: str, logged: Run, digest: str) -> None:
        """Mark a run as whole: the last thing that is written of it."""
        self._client.set_tag(logged.info.run_id, DIGEST, digest)
        self._known[key] = self._client.get_run(logged.info.run_id)


def _parts(items: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    return (items[at : at + most] for at in range(0, len(items), most))


def _milliseconds(seconds: float) -> int:
    return int(1000 * seconds)
