"""Keeps the workers of one run alive on a Ray cluster: `python -m keel_torch.ray_group OPTIONS`, started by the driver.

OPTIONS is JSON: {"count", "cpus", "gpus", "restarts", "folder"}. Ray Train starts `count` processes, each of which holds
`cpus` processors and `gpus` GPUs, and connects them (gloo, or NCCL on GPUs). Where one is lost, it starts all of them
again, up to `restarts` times; the engine then goes on from its last checkpoint. This process ends when the engine has
closed its pipes, with 1 if the workers have failed for good, or when the driver ends.
"""

import json
import logging
import os
import re
import signal
import sys
import threading
import time
import traceback

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from keel_torch.ray_relay import Relay

# A paused run waits within a collective operation; that a worker is lost is noticed by Ray.
COLLECTIVE_SECONDS = 30 * 24 * 3600
WATCH_SECONDS = 0.5
# Read by Ray Train where it starts: workers keep their folder, and one that is lost is noticed within a second.
SETTINGS = {
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_TRAIN_METRICS_ENABLED": "0",
    "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0",
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "1",
}
PACKAGES = 'pip install "ray[default,train]==' + ray.__version__ + '" torch transformers'
PARENT = os.getppid()


def leave(code, why, fix):
    """Ends with an error that the desktop shows."""
    print(f"@keel-fault {json.dumps({'code': code, 'why': why, 'fix': fix})}", flush=True)
    os._exit(1)


def leave_without_packages(where, error):
    leave(
        "cluster_packages_missing",
        f"The Python of Ray {where} lacks what workers need: {error}.",
        f"On every node, with the Python that starts Ray: {PACKAGES}. Then start Ray there again.",
    )


def watch_parent():
    """Ends this process, and with it all workers, when the driver does."""

    def watch():
        while os.getppid() == PARENT:
            time.sleep(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def ignore_stops():
    """A stop is for the engine, which needs its workers for the last checkpoint and then closes its pipes."""
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, lambda *_: None)


def work(config):
    """What each worker does, from the first message of the engine to the end."""
    import ray.train

    # The folder of Ray's package may be unpacked again, and oneMKL ends a process whose working folder is gone.
    os.chdir("/")
    context = ray.train.get_context()
    rank, world_size = context.get_world_rank(), context.get_world_size()
    relay = config["relay"]
    try:
        from keel_torch import group
    except ImportError as error:
        ray.get(relay.refuse.remote(f"on {ray.util.get_node_ip_address()}: {error}"))
        return
    if rank > 0:
        group.serve(rank, world_size, None, None)
        return
    incarnation = ray.get(relay.attach.remote())
    group.serve(
        rank,
        world_size,
        lambda: ray.get(relay.next_line.remote(incarnation)),
        lambda line: ray.get(relay.answer.remote(incarnation, line)),
    )


def make_trainer(options, relay):
    """The trainer of a group. Throws ImportError without PyTorch."""
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    cpus, gpus = options["cpus"], options["gpus"]
    held = {"CPU": cpus, "GPU": gpus} if gpus else {"CPU": cpus}
    return TorchTrainer(
        work,
        train_loop_config={"relay": relay},
        torch_config=TorchConfig(backend="nccl" if gpus else "gloo", timeout_s=COLLECTIVE_SECONDS),
        scaling_config=ScalingConfig(num_workers=options["count"], use_gpu=gpus > 0, resources_per_worker=held),
        run_config=RunConfig(
            name="train",
            storage_path=options["folder"] + "-train",
            failure_config=FailureConfig(max_failures=options["restarts"]),
        ),
    )


def last_line(error):
    """The line of an error of Ray Train that says what failed: it ends with the traceback of a worker."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(error).__name__


def start_relay(folder):
    """The actor on this node, where the engine is; one call waits for its next line, others answer or attach."""
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    return ray.remote(Relay).options(num_cpus=0, max_concurrency=8, scheduling_strategy=here).remote(folder)


def keep_alive(options):
    """Runs the workers until the engine has gone. Raises where they have failed for good."""
    ray.init(address="auto", log_to_driver=False, logging_level=logging.ERROR)
    ignore_stops()
    relay = start_relay(options["folder"])
    make_trainer(options, relay).fit()
    if refusal := ray.get(relay.refusal.remote()):
        where, _, error = refusal.partition(": ")
        leave_without_packages(where, error)


def main():
    options = json.loads(sys.argv[1])
    os.environ.update(SETTINGS)
    watch_parent()
    ignore_stops()
    try:
        keep_alive(options)
    except ImportError as error:
        leave_without_packages(f"on {ray.util.get_node_ip_address()}", error)
    except Exception as error:
        traceback.print_exc()
        missing = re.search(r"(ModuleNotFoundError|ImportError): (.+)", str(error))
        if missing:
            leave_without_packages("on a node of the cluster", missing[2])
        leave(
            "cluster_workers_lost",
            f"The run's workers have failed for good, and may be lost {options['restarts']} times: {last_line(error)}",
            "Resume the run: it goes on from its last checkpoint with new workers.",
        )


if __name__ == "__main__":
    main()
