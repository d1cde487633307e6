"""Does every trial end once, whatever its workers do, and is what trials share learnt once?

The workers are simulated: any number of them, ending in any order, failing as told.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Collection

import pytest
from augbench.bench.executors import Outcome
from augbench.bench.executors.queue import ATTEMPTS, MOST_LOSSES, Queue
from augbench.bench.executors.worker import Answer
from augbench.bench.options.model import Settings
from augbench.bench.trial.trial import TrialPlan


def plan(label: str, artefact_key: str = "") -> TrialPlan:
    return TrialPlan(
        key=label,
        policy="none",
        label=label,
        seed=0,
        data={},
        dataset="digits",
        settings=Settings(),
        artefact_key=artefact_key,
    )


class Simulation:
    """Workers that take trials from a queue and end them in an order of chance.

    Attributes:
        log: ``(what, label)`` of every beginning and end, in order.
        outcomes: the outcomes, in order.
    """

    def __init__(
        self,
        plans: list[TrialPlan],
        jobs: int,
        chance: random.Random,
        failing: Collection[tuple[str, int]] = (),
    ) -> None:
        queue = Queue(plans)
        self.log: list[tuple[str, str]] = []
        self.outcomes: list[Outcome] = []
        running: list[int] = []
        while not queue.done:
            while len(running) < jobs and (number := queue.next()) is not None:
                running.append(number)
                self.log.append(("begins", queue.plans[number].label))
            assert running, "nothing runs, and the queue is not done"
            number = running.pop(chance.randrange(len(running)))
            label, attempt = queue.plans[number].label, queue.attempts[number]
            failed = (label, attempt) in failing
            self.log.append(("fails" if failed else "ends", label))
            answer = Answer(not failed, float(attempt), f"attempt {attempt}" if failed else "")
            if (outcome := queue.ended(number, answer)) is not None:
                self.outcomes.append(outcome)


@pytest.mark.parametrize("jobs", [1, 2, 3, 20])
def test_every_trial_ends_once_whatever_the_order(jobs: int) -> None:
    plans = [plan(f"{n}", f"a{n % 3}" if n % 2 else "") for n in range(12)]
    for seed in range(30):
        chance = random.Random(seed)
        attempts = [(label, attempt) for label in "159" for attempt in (1, 2)]
        unlucky = {which for which in attempts if chance.random() < 0.5}
        simulation = Simulation(plans, jobs, chance, unlucky)
        assert sorted(o.plan.label for o in simulation.outcomes) == sorted(p.label for p in plans)
        for outcome in simulation.outcomes:
            label = outcome.plan.label
            expected = {(label, 1), (label, 2)} <= unlucky
            assert (outcome.status == "failed") == expected


def test_trials_begin_in_their_order() -> None:
    plans = [plan(label) for label in "abcdef"]
    log = Simulation(plans, 1, random.Random(0)).log
    assert [label for what, label in log if what == "begins"] == list("abcdef")


def test_of_a_block_those_that_learn_begin_first() -> None:
    block = [("none", ""), ("gan", "gan"), ("flip", ""), ("gan + flip", "gan")]
    plans = [
        dataclasses.replace(plan(f"{label} {seed}", f"{seed}: {key}" if key else ""), seed=seed)
        for seed in (7, 3)
        for label, key in block
    ]
    queue = Queue(plans)
    begun = [queue.plans[number].label for number in iter(queue.next, None)]
    assert begun == ["gan 7", "none 7", "flip 7", "gan 3", "none 3", "flip 3"]


def test_a_trial_that_fails_is_tried_again_before_others_and_then_failed_for_good() -> None:
    plans = [plan(label) for label in "abc"]
    simulation = Simulation(plans, 1, random.Random(0), [("a", 1), ("a", 2)])
    assert simulation.log[:5] == [
        ("begins", "a"),
        ("fails", "a"),
        ("begins", "a"),
        ("fails", "a"),
        ("begins", "b"),
    ]
    failed = simulation.outcomes[0]
    assert (failed.status, failed.attempts, failed.error) == ("failed", ATTEMPTS, "attempt 2")
    assert [outcome.status for outcome in simulation.outcomes[1:]] == ["done", "done"]


def test_a_trial_that_succeeds_at_last_is_done_with_its_attempts_counted() -> None:
    simulation = Simulation([plan("a")], 1, random.Random(0), [("a", 1)])
    (outcome,) = simulation.outcomes
    assert (outcome.status, outcome.attempts, outcome.seconds, outcome.error) == (
        "done",
        2,
        2.0,
        "",
    )


def test_what_trials_share_is_learnt_by_one_of_them_while_the_others_wait() -> None:
    plans = [plan("gan"), plan("none"), plan("gan + mixup"), plan("gan + cutmix")]
    plans = [plan(p.label, "0: gan" if "gan" in p.label else "") for p in plans]
    for seed in range(20):
        log = Simulation(plans, 4, random.Random(seed)).log
        learnt = log.index(("ends", "gan"))
        assert log.index(("begins", "none")) < learnt
        assert log.index(("begins", "gan + mixup")) > learnt
        assert log.index(("begins", "gan + cutmix")) > learnt


def test_once_learnt_nobody_waits_for_it() -> None:
    plans = [plan("first", "a"), *(plan(f"{n}", "a") for n in range(3))]
    queue = Queue(plans)
    assert queue.next() == 0 and queue.next() is None
    queue.ended(0, Answer(True, 1.0))
    assert [queue.next(), queue.next(), queue.next()] == [1, 2, 3]


def test_where_the_first_to_learn_fails_another_one_learns() -> None:
    plans = [plan("first", "a"), plan("second", "a")]
    simulation = Simulation(plans, 2, random.Random(0), [("first", 1), ("first", 2)])
    assert [outcome.status for outcome in simulation.outcomes] == ["failed", "done"]
    queue = Queue(plans)
    number = queue.next()
    assert number == 0
    assert queue.ended(number, Answer(False, 1.0, "no")) is None
    assert queue.next() == 0 and queue.next() is None  # tried again, and alone with it


def test_blocks_learn_side_by_side() -> None:
    queue = Queue([plan("0", "0: gan"), plan("00", "0: gan"), plan("1", "1: gan")])
    assert [queue.next(), queue.next(), queue.next()] == [0, 2, None]


def test_an_empty_run_is_done() -> None:
    assert Queue([]).done and Queue([]).next() is None


def test_trials_that_come_later_wait_behind_those_that_are_there() -> None:
    queue = Queue([plan("a")])
    assert queue.next() == 0 and queue.next() is None
    queue.add([plan("b"), plan("c")])
    assert not queue.done
    assert [queue.plans[number].label for number in (queue.next(), queue.next())] == ["b", "c"]  # type: ignore[index]
    for number in range(3):
        assert queue.ended(number, Answer(True, 1.0)) is not None
    assert queue.done


def test_a_trial_whose_machine_was_lost_begins_again_and_has_not_failed() -> None:
    queue = Queue([plan("a")])
    for attempt in range(1, 4):
        assert queue.next() == 0 and queue.attempts == [attempt]
        assert queue.ended(0, Answer(False, 1.0, "gone", lost=True)) is None
    for attempt in range(4, 4 + ATTEMPTS):
        assert queue.next() == 0 and queue.attempts == [attempt]
        outcome = queue.ended(0, Answer(False, 1.0, "ill"))
    assert outcome is not None and outcome.status == "failed" and outcome.attempts == 5


def test_a_trial_that_takes_every_machine_with_it_ends_all_the_same() -> None:
    queue = Queue([plan("a")])
    outcome = None
    while outcome is None:
        assert queue.next() == 0
        outcome = queue.ended(0, Answer(False, 1.0, "gone", lost=True))
    assert outcome.attempts == MOST_LOSSES + 1 and outcome.error == "gone" and queue.done


def test_a_worker_may_pass_over_trials_that_are_for_others() -> None:
    queue = Queue([plan("a"), plan("b")])
    assert queue.next(lambda plan: plan.label == "b") == 1 and queue.waiting == 1
    assert queue.next(lambda plan: plan.label == "b") is None
    assert queue.next() == 0 and queue.waiting == 0
