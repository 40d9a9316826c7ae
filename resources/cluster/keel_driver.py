"""Starts Keel's engine on a node of a Ray cluster: the entrypoint of a Ray job.

Ray runs this file with the submission's name in KEEL_SUBMISSION. It reads commands from a mailbox in the cluster's
key-value store, places the files that they name, and passes everything else on to the engine's relay, a Node program,
whose lines on standard output are the job's log. It ends when the relay ends, or when the process that started it does:
an engine must not outlive its job. Where workers compute the model, it starts them before the engine, and ends with them.
"""

import hashlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import ray
from ray.experimental.internal_kv import _internal_kv_del, _internal_kv_get, _internal_kv_list

POLL_SECONDS = 0.1
# A job folder that nobody has fetched by then is removed when another job starts on its node.
KEPT_SECONDS = 14 * 24 * 3600
SUBMISSION = os.environ["KEEL_SUBMISSION"]
LEFT_OUT = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "RAY_AUTH_MODE", "KEEL_SUBMISSION")
HERE = Path(os.environ.get("KEEL_HOME") or Path.home() / ".local" / "share" / "keel") / "cluster"
JOB = HERE / "jobs" / SUBMISSION


def key_of(name):
    """The key under which the Jobs API keeps an uploaded package."""
    return f"gcs://_ray_pkg_keel-{name}.zip".encode()


def tell(kind, **content):
    """Prints a line that the desktop reads; the relay numbers its own lines, these may be repeated."""
    print(f"@keel-{kind} {json.dumps(content)}", flush=True)


def leave(code, why, fix):
    """Ends the job with an error that the desktop shows."""
    tell("fault", code=code, why=why, fix=fix)
    sys.exit(1)


def take_part(sha256, index):
    """Waits for a part of a file and takes it out of the key-value store, which keeps everything in memory."""
    key = key_of(f"file-{SUBMISSION}-{sha256}-{index}")
    while (data := _internal_kv_get(key)) is None:
        require_parent()
        time.sleep(POLL_SECONDS)
    return data


def fetch(wanted):
    """Brings files into this node's store, named by the hash of their content: {sha256: number of parts}."""
    folder = HERE / "files"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [sha256 for sha256 in wanted if not (folder / sha256).exists()]
    if missing:
        tell("need", files=missing)
    for sha256 in missing:
        partial = folder / f".{sha256}.{os.getpid()}"
        digest = hashlib.sha256()
        with open(partial, "wb") as file:
            for index in range(wanted[sha256]):
                data = take_part(sha256, index)
                digest.update(data)
                file.write(data)
        if digest.hexdigest() != sha256:
            leave("cluster_file_damaged", f"The file {sha256} arrived damaged.", "Resume the run: the file is sent again.")
        os.replace(partial, folder / sha256)
        for index in range(wanted[sha256]):
            _internal_kv_del(key_of(f"file-{SUBMISSION}-{sha256}-{index}"))
    tell("placed")


def place(command):
    """Places files below the job's folder. They share their content with the node's store: engines only read them."""
    fetch(command["parts"])
    for target, sha256 in command["files"].items():
        path = JOB / target
        if not path.resolve().is_relative_to(JOB.resolve()):
            leave("cluster_path", f"The path {target} leads out of the job.", "Report this.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if command.get("copies"):
            shutil.copyfile(HERE / "files" / sha256, path)
        else:
            os.link(HERE / "files" / sha256, path)


def unpack_app(sha256, parts):
    """Keel's program on this node, by the hash of its content."""
    folder = HERE / "app" / sha256[:16]
    if folder.exists():
        return folder
    fetch({sha256: parts})
    partial = HERE / "app" / f".{sha256[:16]}.{os.getpid()}"
    with zipfile.ZipFile(HERE / "files" / sha256) as archive:
        archive.extractall(partial)
    link_packages(partial)
    try:
        partial.rename(folder)
    except OSError:
        # Another job of this node was faster.
        shutil.rmtree(partial)
    return folder


def link_packages(app):
    """Uses packages that are already on this node, if they are those of this version; otherwise they are installed."""
    packages = os.environ.get("KEEL_PACKAGES")
    if not packages:
        return
    stamp = Path(packages) / ".keel-stamp"
    lock = hashlib.sha256((app / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text().startswith(lock):
        (app / "node_modules").symlink_to(packages)


def find_node():
    """A Node that can run Keel's setup, which installs the exact version that Keel uses."""
    node = os.environ.get("KEEL_NODE") or shutil.which("node")
    if node:
        return node
    leave(
        "cluster_node_missing",
        "There is no Node on the cluster's node.",
        "Install Node 18 or later on every node of the cluster, or set KEEL_NODE before `ray start`.",
    )


PARENT = os.getppid()
# Seconds that workers have to end by themselves after their engine.
LEAVING_SECONDS = 10
child = None
group = None
is_stopped = False


def note_stop(*_):
    global is_stopped
    is_stopped = True


def require_parent():
    """Ends everything if Ray's supervisor of this job has gone, since nobody would stop the engine any more, or if the
    job is stopped before there is an engine that could answer."""
    if os.getppid() == PARENT and not (is_stopped and child is None):
        return
    for process in (child, group):
        if process:
            process.kill()
    os._exit(1)


def require_group():
    """Ends the job if its workers have failed for good, which they have said: the relay ends with this process."""
    if group and group.poll():
        sys.exit(1)


def remove_old_jobs():
    for folder in (HERE / "jobs").iterdir():
        if time.time() - folder.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def leave_package():
    """Leaves the folder into which Ray has unpacked this file: a second node on the same machine unpacks it again, after
    which the old folder is gone, and oneMKL ends a process whose working folder is gone."""
    package = Path(__file__).parent / "keel_torch"
    if package.exists():
        shutil.copytree(package, JOB / "program" / "keel_torch", dirs_exist_ok=True)
    JOB.mkdir(parents=True, exist_ok=True)
    os.chdir(JOB)


def prepare():
    """Connects to the cluster and lets the desktop read this job's folder through Ray's log files."""
    ray.init(address="auto", log_to_driver=False, logging_level=logging.ERROR, configure_logging=True)
    # The engine receives the signal as well, and writes its checkpoint; this process ends after it.
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, note_stop)
    for part in ("base", "home/runs"):
        (JOB / part).mkdir(parents=True, exist_ok=True)
    logs = Path(ray._private.worker._global_node.get_logs_dir_path())
    link = logs / f"keel-{SUBMISSION}"
    if not link.is_symlink():
        link.symlink_to(JOB / "home" / "runs")
    remove_old_jobs()


def start_group(workers):
    """Starts the workers of the run; Ray unpacks their program on every node."""
    global group
    meeting = JOB / "workers"
    meeting.mkdir()
    print(f"Waiting for {workers['count']} workers.", flush=True)
    options = json.dumps({**workers, "folder": str(meeting)})
    path = os.pathsep.join([str(JOB / "program"), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path}
    group = subprocess.Popen([sys.executable, "-m", "keel_torch.ray_group", options], cwd=JOB, env=environment)


def await_group():
    """Waits until the cluster has room for the workers and they have started: only then is there work for the engine."""
    while group and not any((JOB / "workers").iterdir()):
        require_parent()
        require_group()
        time.sleep(POLL_SECONDS)


def end_group():
    """Waits for the workers to end after their engine, whose pipes are closed by now."""
    try:
        group.wait(LEAVING_SECONDS)
    except subprocess.TimeoutExpired:
        group.kill()


def start_relay(command):
    """Starts the relay in Keel's own setup, which installs packages, Node and engine where they are missing."""
    global child
    if command["workers"]:
        start_group(command["workers"])
    app = unpack_app(command["app"], command["parts"])
    await_group()
    inherited = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    node_id = ray.get_runtime_context().get_node_id()
    child = subprocess.Popen(
        [find_node(), str(app / "scripts" / "bootstrap.mjs"), "cluster-engine", str(JOB)],
        cwd=JOB / "base",
        env={**inherited, **command["environment"], "KEEL_HOME": str(HERE.parent), "KEEL_NODE_ID": node_id},
        stdin=subprocess.PIPE,
    )


def pass_on(command):
    try:
        child.stdin.write(json.dumps(command).encode() + b"\n")
        child.stdin.flush()
    except BrokenPipeError:
        # The relay has ended; its end is seen by the caller.
        pass


def obey(text):
    command = json.loads(text)
    if command["kind"] == "launch":
        start_relay(command)
    elif command["kind"] == "place":
        place(command)
    elif child:
        pass_on(command)


def main():
    leave_package()
    prepare()
    prefix = key_of(f"box-{SUBMISSION}-").removesuffix(b".zip")
    while child is None or child.poll() is None:
        for key in sorted(_internal_kv_list(prefix)):
            text = _internal_kv_get(key)
            _internal_kv_del(key)
            if text is not None:
                obey(text)
        require_parent()
        require_group()
        time.sleep(POLL_SECONDS)
    if group:
        end_group()
    sys.exit(child.returncode if child.returncode >= 0 else 1)


main()
