"""Named variables whose rows are divided among the workers."""

import base64

import numpy as np
import torch
import torch.distributed as dist

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


class Variable:
    """One variable: its whole shape, and this worker's rows ``local`` [rows, ...] of it."""

    def __init__(self, shape, local):
        self.shape = torch.Size(shape)
        self.local = local


class Store:
    """Variables by full name, such as ``policy/lm_head.weight`` or ``optimizer/adam_m/policy/lm_head.weight``.

    Every worker holds the rows that FSDP2 gives it: those of torch.chunk along the first axis. A network's parameters
    and the variables of the same names share their memory.
    """

    def __init__(self, rank, world, device, control):
        self.rank, self.world, self.device, self.control = rank, world, device, control
        self.variables = {}
        self._gathered = (None, None)

    def rows_of(self, shape, rank):
        """First and last row, exclusive, that a worker holds of a variable."""
        size = -(-shape[0] // self.world)
        start = min(rank * size, shape[0])
        return start, min(start + size, shape[0])

    def create(self, name, shape, stored):
        """Creates a variable of zeros. Throws KeyError for an unknown type."""
        first, last = self.rows_of(shape, self.rank)
        local = torch.zeros([last - first, *shape[1:]], dtype=DTYPES[stored], device=self.device)
        self.variables[name] = Variable(shape, local)

    def write(self, name, start, data):
        """Overwrites the elements from ``start`` on with float32 numbers in base64, in row-major order."""
        variable = self.variables[name]
        values = torch.from_numpy(np.frombuffer(base64.b64decode(data), "<f4").copy())
        first, last = self.rows_of(variable.shape, self.rank)
        width = variable.shape[1:].numel()
        low, high = max(start, first * width), min(start + len(values), last * width)
        if low < high:
            own = variable.local.view(-1)[low - first * width : high - first * width]
            own.copy_(values[low - start : high - start])

    def read(self, name, start, count):
        """Elements of a variable in float32, base64, on rank 0; gathers the rows once for reads of one variable."""
        if self._gathered[0] != name or start == 0:
            self._gathered = (name, self.gather(name))
        if self.rank != 0:
            return None
        flat = self._gathered[1][start : start + count]
        if start + count >= self.variables[name].shape.numel():
            self._gathered = (None, None)
        return base64.b64encode(flat.numpy().astype("<f4").tobytes()).decode()

    def gather(self, name):
        """All elements of a variable on rank 0 in float32, flat; None on the others."""
        variable = self.variables[name]
        own = variable.local.detach().float().cpu().reshape(-1)
        width = variable.shape[1:].numel()
        most = -(-variable.shape[0] // self.world) * width
        sent = torch.zeros(most)
        sent[: len(own)] = own
        parts = [torch.empty(most) for _ in range(self.world)] if self.rank == 0 else None
        dist.gather(sent, parts, dst=0, group=self.control)
        return torch.cat(parts)[: variable.shape.numel()] if self.rank == 0 else None

    def remove(self, prefix):
        """Forgets every variable whose name starts with the prefix."""
        for name in [name for name in self.variables if name.startswith(prefix)]:
            del self.variables[name]
