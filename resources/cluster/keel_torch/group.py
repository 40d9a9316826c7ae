"""A group of workers: what each of them holds and computes, and the loop in which it answers its engine."""

import json
import os
import platform
from datetime import timedelta

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import init_device_mesh

from .arrays import Rows, decode, encode
from .losses import masked
from .networks import sharded_network
from .refused import Refused
from .rollouts import generate, read_values, score
from .store import Store
from .updates import GRADIENTS, adam_w, global_norm, pair_scores, read_rows

ROLES = ("policy", "reference", "critic", "network")


class Group:
    """One worker's part of the group: variables, networks and steps. Every method is called on all workers alike."""

    def __init__(self, rank, world):
        self.rank, self.world = rank, world
        # A run may be paused for long; a lost worker is noticed by its closed connections.
        self.control = dist.new_group(backend="gloo", timeout=timedelta(days=30))
        cuda = torch.cuda.is_available() and "nccl" in str(dist.get_backend())
        self.device = torch.device("cuda", torch.cuda.current_device()) if cuda else torch.device("cpu")
        self.mesh = init_device_mesh(self.device.type, (world,))
        self.open(None, {})

    def open(self, recipe, config):
        """Begins a run; forgets what was there before."""
        self.recipe, self.config = recipe, config
        self.store = Store(self.rank, self.world, self.device, self.control)
        self.steps, self.networks, self.described = {}, {}, {}

    # Networks

    def define(self, step, plan):
        """Keeps a step's plan, and notes what its networks consist of; a network that has grown is made again."""
        self.steps[step] = plan
        for part in (plan, plan.get("loss")):
            for role in ROLES if isinstance(part, dict) else ():
                if part.get(role):
                    self._describe(part[role])

    def _describe(self, place):
        prefix, own = place["prefix"], place["own"]
        fresh = {"config": place["config"], "prefix": prefix, "heads": {}, "adapters": {}, "frozen": True}
        known = self.described.setdefault(prefix, fresh)
        known["recomputes"] = self.config.get("engine", {}).get("recomputeActivations", False)
        before = (own in known["heads"], own in known["adapters"], known["frozen"])
        known["frozen"] = known["frozen"] and place["frozen"]
        if place["head"]:
            known["heads"][own] = place["head"]
        if place["targets"]:
            known["adapters"][own] = place["targets"]
        if before != (own in known["heads"], own in known["adapters"], known["frozen"]):
            self.networks.pop(prefix, None)

    def place(self, place):
        """The network of a place, made when it is first needed, and the prefix of its adapter or head."""
        prefix = place["prefix"]
        if prefix not in self.networks:
            self.networks[prefix] = sharded_network(self.described[prefix], self.store, self.mesh)
        return self.networks[prefix], place["own"]

    # Steps

    def call(self, step, arrays):
        """Runs a step: (outputs on rank 0, folds)."""
        plan = self.steps[step]
        inputs = {name: decode(array, self.device) for name, array in arrays.items()}
        kind = plan["kind"]
        if kind in ("update", "accumulate", "evaluate"):
            return self._train(plan, inputs)
        if kind == "judge_pairs":
            rows = Rows(len(inputs["pairMask"]), self.rank, self.world)
            with torch.no_grad():
                halves = pair_scores(self, plan, inputs, rows)[0].chunk(2)
            parts = [rows.gather(half, self.control) for half in halves]
            return {"scores": torch.cat(parts) if self.rank == 0 else None}, None
        rows = Rows(len(inputs["ids"]), self.rank, self.world)
        if kind == "generate":
            return generate(*self.place(plan["policy"]), inputs, rows, plan, self.control), None
        if kind == "score":
            roles = ("policy", "reference", "critic")
            places = {role: self.place(plan[role]) if plan[role] else None for role in roles}
            return score(places, inputs, rows, plan, self.control), None
        if kind == "logps":
            with torch.no_grad():
                logprobs, _ = read_rows(self, plan["policy"], inputs, rows.take)
            summed = masked(logprobs, rows.take_mask(inputs["trainedMask"])).sum(1)
            return {"logps": rows.gather(summed, self.control)}, None
        if kind == "values":
            return read_values(self.place(plan["network"]), inputs, rows, self.control), None
        raise Refused(f"A step of the kind {kind} is not known.")

    def _rows_of(self, plan, inputs):
        if plan["loss"]["kind"] in ("pairs", "preferences"):
            return Rows(len(inputs["pairMask"]), self.rank, self.world)
        # The two responses of a pair stay together.
        return Rows(len(inputs["ids"]), self.rank, self.world, 2 if self.recipe == "online-dpo" else 1)

    def _train(self, plan, inputs):
        loss = plan["loss"]

        def backward(part):
            # FSDP2 averages over the workers; what they compute adds up.
            if plan["kind"] != "evaluate":
                (part * self.world).backward()

        with torch.set_grad_enabled(plan["kind"] != "evaluate"):
            totals = GRADIENTS[loss["kind"]](self, loss, inputs, self._rows_of(plan, inputs), backward)
        found = totals.combined(self.control)
        if plan["kind"] == "update":
            found.update(self._step(plan, inputs, found["loss"]))
        return found, totals.folds

    def _step(self, plan, inputs, loss):
        parameters = self._trained(plan["trained"])
        gradients = {
            name: torch.zeros_like(p.to_local()) if p.grad is None else p.grad.to_local()
            for name, p in parameters.items()
        }
        norm = global_norm(gradients.values(), self.control)
        is_finite = bool(torch.isfinite(norm) & torch.isfinite(loss))
        rate, step = float(inputs["learningRate"]), int(inputs["update"])
        adam_w(self.store, gradients, plan["optimizer"], rate, step, is_finite, norm)
        for network in self.networks.values():
            network.zero_grad(set_to_none=True)
        most = plan["optimizer"]["maxGradNorm"]
        clipped = float(most > 0 and bool(norm > most))
        return {
            "grad_norm": norm,
            "clipped": torch.tensor(clipped),
            "skipped": torch.tensor(0.0 if is_finite else 1.0),
        }

    def _trained(self, names):
        known = {name: p for network in self.networks.values() for name, p in network.parameter_of.items()}
        return {name: known[name] for name in names}

    # Messages

    def answer(self, message):
        """The answer to a request; on ranks other than 0, of no meaning."""
        kind = message["kind"]
        if kind == "open":
            self.open(message["recipe"], message["config"])
            versions = {"torch": torch.__version__, "python": platform.python_version()}
            device = torch.cuda.get_device_name() if self.device.type == "cuda" else "cpu"
            return {"kind": "opened", "workers": self.world, "device": device, "versions": versions}
        if kind == "create":
            self.store.create(message["name"], message["shape"], message["stored"])
            if "data" in message:
                self.store.write(message["name"], 0, message["data"])
        elif kind == "write":
            self.store.write(message["name"], message["start"], message["data"])
        elif kind == "read":
            return {"kind": "data", "data": self.store.read(message["name"], message["start"], message["count"])}
        elif kind == "remove":
            self.store.remove(message["prefix"])
            self.networks = {key: n for key, n in self.networks.items() if not f"{key}/".startswith(message["prefix"])}
        elif kind == "define":
            self.define(message["step"], message["plan"])
        elif kind == "call":
            outputs, folds = self.call(message["step"], message["inputs"])
            if self.rank != 0:
                return None
            return {"kind": "outputs", "outputs": {k: encode(x) for k, x in outputs.items()}, "folds": folds}
        else:
            raise Refused(f"A request of the kind {kind} is not known.")
        return {"kind": "done"}

    def share(self, line):
        """Gives rank 0's line, or None, to all workers."""
        text = bytearray((line or "").encode())
        raw = torch.frombuffer(text, dtype=torch.uint8) if text else torch.empty(0, dtype=torch.uint8)
        size = torch.tensor([len(raw)])
        dist.broadcast(size, 0, group=self.control)
        if size.item() == 0:
            return None
        sent = raw if self.rank == 0 else torch.empty(int(size), dtype=torch.uint8)
        dist.broadcast(sent, 0, group=self.control)
        return bytes(sent.numpy()).decode()


def compute_exactly():
    """Products in whole float32, and the same numbers each time: a resumed run has the values of one that is not."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cuda.enable_flash_sdp(False)
    torch.backends.cuda.enable_mem_efficient_sdp(False)
    torch.backends.cuda.enable_cudnn_sdp(False)


def serve(rank, world_size, receive, send):
    """Answers an engine until it closes the connection; to be called on every worker of an initialized process group.

    Rank 0: ``receive() -> str | None`` gives the next line, None after the last; ``send(str)`` takes an answer. Others
    pass None. A request that is refused is answered by ``failed`` and raised on every worker; any other error is
    raised, so that the group ends and the engine sees that it was lost.
    """
    compute_exactly()
    group = Group(rank, world_size)
    while (line := group.share(receive() if rank == 0 else None)) is not None:
        try:
            reply = group.answer(json.loads(line))
        except Refused as error:
            if rank == 0:
                send(json.dumps({"kind": "failed", "error": str(error)}))
            raise
        if rank == 0:
            send(json.dumps(reply))
