"""A cluster of two node processes for tests: one is killed when a line comes on standard input."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")

from ray.cluster_utils import Cluster

QUICK = {
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 20_000,  # a busy machine may be late; who is gone refuses at once
    "health_check_failure_threshold": 3,
    "health_check_initial_delay_ms": 0,
}
SIZE = {"num_cpus": 1, "object_store_memory": 80 * 2**20}


def main(cache: str) -> None:
    head = {**SIZE, "include_dashboard": False, "_system_config": QUICK}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    other = cluster.add_node(**SIZE, env_vars={"AUGBENCH_CACHE": cache})
    print(cluster.address, other.node_id, flush=True)
    if sys.stdin.readline():
        cluster.remove_node(other, allow_graceful=False)
        print("killed", flush=True)
        sys.stdin.readline()
    cluster.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
