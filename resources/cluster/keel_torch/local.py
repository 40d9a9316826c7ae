"""Runs a group of workers on this machine: ``python -m keel_torch.local FOLDER --workers N``.

The engine finds the group by the pipes in the folder. If a worker is lost, the others are ended and, as often as
``--restarts`` says, a new group takes their place. Everything ends with the process that started it.
"""

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

POLL_SECONDS = 0.1


def leave_with(parent):
    """Ends this process when its parent has ended, whatever it waits for."""

    def look():
        while os.getppid() == parent:
            time.sleep(POLL_SECONDS)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()


def work(args):
    """One worker: joins the group and serves until the engine is done."""
    leave_with(os.getppid())
    import torch
    import torch.distributed as dist

    from .group import serve
    from .pipes import line_functions, open_pipes

    torch.set_num_threads(args.threads)
    meeting = os.path.join(args.folder, f"meeting-{args.incarnation}")
    place = {"init_method": f"file://{meeting}", "rank": args.rank, "world_size": args.workers}
    dist.init_process_group("gloo", timeout=timedelta(days=30), **place)
    receive, send = line_functions(*open_pipes(args.folder, args.incarnation)) if args.rank == 0 else (None, None)
    serve(args.rank, args.workers, receive, send)
    dist.destroy_process_group()


def start(args, incarnation):
    """Starts all workers of a group."""
    options = ["--workers", args.workers, "--threads", args.threads, "--incarnation", incarnation]
    command = [sys.executable, "-m", "keel_torch.local", args.folder, *map(str, options)]
    environment = {**os.environ, "GLOO_SOCKET_IFNAME": os.environ.get("GLOO_SOCKET_IFNAME", "lo")}
    return [subprocess.Popen([*command, "--rank", str(rank)], env=environment) for rank in range(args.workers)]


def end(workers):
    """Kills what is left of a group."""
    for worker in workers:
        worker.kill()
    for worker in workers:
        worker.wait()


def watch(workers):
    """Waits until the group has ended: whether all of it ended well. If a worker is lost, the others are ended."""
    try:
        while any(worker.poll() is None for worker in workers):
            if any(worker.poll() for worker in workers):
                return False
            time.sleep(POLL_SECONDS)
        return not any(worker.returncode for worker in workers)
    finally:
        end(workers)


def main():
    """Parses the command line and runs a group, or one worker of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--restarts", type=int, default=0)
    parser.add_argument("--incarnation", type=int, default=1)
    parser.add_argument("--rank", type=int)
    args = parser.parse_args()
    if args.rank is not None:
        return work(args)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    leave_with(os.getppid())
    for incarnation in range(1, args.restarts + 2):
        if watch(start(args, incarnation)):
            return None
    sys.exit(1)


if __name__ == "__main__":
    main()
