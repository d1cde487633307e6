"""TensorBoard: a folder of events for each trial under RUN/tensorboard, and the report as text.

The protocol buffers are TensorBoard's own; its writers are not used, since they import TensorFlow
and give every file another name: here a file is named after what is in it, so it is written once.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import Any

import numpy as np
from augbench.bench.trackers.records import StoredRun, StoredTrial

from augbench.files import placed_whole

FOLDER = "tensorboard"
REPORT = "report"
LONGEST_NAME = 60


class TensorBoard:
    """Writes event files; `tensorboard --logdir RUN/tensorboard` shows them."""

    def __init__(self, run: StoredRun) -> None:
        import tensorboard.compat.proto.event_pb2  # noqa: F401  # not installed: known at once

        self._run = run

    @property
    def where(self) -> str:
        """The command that shows it."""
        return f"tensorboard --logdir {shlex.quote(str(self._run.path / FOLDER))}"

    def trial(self, trial: StoredTrial) -> None:
        """Write a trial's curves, options and final figures, once."""
        label = re.sub(r"[^0-9A-Za-z.=]+", "-", trial.policy).strip("-.")[:LONGEST_NAME]
        name = f"{label or 'policy'}-seed-{trial.seed}-{trial.key[:8]}"
        last = max((epoch for epoch, _ in trial.curves), default=0)
        drawn = {column for _, row in trial.curves for column in row}
        final = {name: value for name, value in trial.figures.items() if name not in drawn}
        began = trial.ended - trial.seconds
        summaries = [
            (0, _options(trial, began)),
            *((epoch, _scalars(row)) for epoch, row in trial.curves),
            (last, _scalars(final)),
            *([(last, _text("error", trial.error))] if trial.error else []),
            (last, _end(trial)),
        ]
        self._write(name, trial.digest, trial.ended, summaries)

    def report(self) -> None:
        """Write the report, as Markdown, into a run of its own."""
        file = self._run.path / "report.md"
        text = file.read_text(encoding="utf-8")
        sentence = str((self._run.summary().get("conclusion") or {}).get("sentence", ""))
        summaries = [(0, _text("conclusion", sentence)), (0, _text("report", text))]
        self._write(REPORT, self._run.digest(), file.stat().st_mtime, summaries)

    def _write(
        self, name: str, digest: str, when: float, summaries: Iterable[tuple[int, Any]]
    ) -> None:
        """Write the events of a run in one step, unless the file with this content is there."""
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.summary.writer.record_writer import RecordWriter

        place = self._run.path / FOLDER / name
        file = f"events.out.tfevents.{int(when):010d}.{digest}"
        if (place / file).is_file():
            return
        # Not beside its place, where a running TensorBoard would show it half-written.
        with placed_whole(place, within=self._run.path) as draft:
            draft.mkdir()
            writer = RecordWriter((draft / file).open("wb"))
            writer.write(Event(wall_time=when, file_version="brain.Event:2").SerializeToString())
            for step, summary in summaries:
                event = Event(wall_time=when, step=step, summary=summary)
                writer.write(event.SerializeToString())
            writer.close()


def _scalars(values: dict[str, float]) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary

    return Summary(
        value=[Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
    )


def _text(tag: str, markdown: str) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.text.metadata import create_summary_metadata
    from tensorboard.util.tensor_util import make_tensor_proto

    content = np.array([markdown.encode("utf-8", errors="backslashreplace")], dtype=object)
    metadata = create_summary_metadata(display_name=tag, description="")
    tensor = make_tensor_proto(content)
    return Summary(value=[Summary.Value(tag=tag, metadata=metadata, tensor=tensor)])


def _options(trial: StoredTrial, began: float) -> Any:
    """The trial's options, as the HParams page takes them."""
    from tensorboard.plugins.hparams import metadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionStartInfo

    start = SessionStartInfo(start_time_secs=began, group_name=trial.key)
    for name, value in trial.options.items():
        if isinstance(value, bool):
            start.hparams[name].bool_value = value
        elif isinstance(value, (int, float)):
            start.hparams[name].number_value = value
        else:
            start.hparams[name].string_value = value
    data = HParamsPluginData(session_start_info=start)
    return _hparams(metadata.SESSION_START_INFO_TAG, data)


def _end(trial: StoredTrial) -> Any:
    from tensorboard.plugins.hparams import api_pb2, metadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo

    status = api_pb2.STATUS_FAILURE if trial.error else api_pb2.STATUS_SUCCESS
    data = HParamsPluginData(
        session_end_info=SessionEndInfo(status=status, end_time_secs=trial.ended)
    )
    return _hparams(metadata.SESSION_END_INFO_TAG, data)


def _hparams(tag: str, data: Any) -> Any:
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import metadata

    described = metadata.create_summary_metadata(data)
    return Summary(value=[Summary.Value(tag=tag, metadata=described, tensor=metadata.NULL_TENSOR)])
