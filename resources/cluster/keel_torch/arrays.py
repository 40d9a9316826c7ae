"""Arrays of messages, and the rows of a batch that a worker computes."""

import base64
import math

import numpy as np
import torch
import torch.distributed as dist

NUMPY = {"float32": "<f4", "int32": "<i4", "bool": "u1"}


def decode(array, device):
    """A message's array as a tensor: float32, int64 for int32 (indices), bool."""
    flat = np.frombuffer(base64.b64decode(array["data"]), NUMPY[array["dtype"]]).reshape(array["shape"])
    tensor = torch.from_numpy(flat.copy())
    if array["dtype"] == "int32":
        tensor = tensor.long()
    elif array["dtype"] == "bool":
        tensor = tensor.bool()
    return tensor.to(device)


def encode(tensor):
    """A tensor as a message's array; integers are sent as int32."""
    dtype = "bool" if tensor.dtype == torch.bool else "float32" if tensor.is_floating_point() else "int32"
    flat = np.ascontiguousarray(tensor.detach().cpu().numpy().astype(NUMPY[dtype]))
    return {"dtype": dtype, "shape": list(tensor.shape), "data": base64.b64encode(flat.tobytes()).decode()}


class Rows:
    """The rows of a batch that are this worker's: equal numbers for all, so that every worker takes part in every
    exchange of weights. Where rows are missing, the first ones stand in, and count for nothing. ``unit``: adjacent rows
    that stay together.
    """

    def __init__(self, count, rank, world, unit=1):
        self.count = count
        self.size = math.ceil(count / unit / world) * unit
        places = torch.arange(rank * self.size, (rank + 1) * self.size)
        self.index = torch.where(places < count, places, places % unit)
        self.is_real = places < count

    def take(self, x):
        """Own rows of an array. Shape: [b, ...] to [size, ...]."""
        return x[self.index.to(x.device)]

    def take_mask(self, mask):
        """Own rows of a mask, false in rows that stand in. Shape: [b, ...] to [size, ...]."""
        real = self.is_real.to(mask.device).reshape([-1] + [1] * (mask.dim() - 1))
        return self.take(mask) & real

    def take_pairs(self, x):
        """Own rows of both halves. Shape: [2b, ...] to [2 size, ...]."""
        return torch.cat([self.take(half) for half in x.chunk(2)])

    def take_pair_mask(self, mask):
        """Own rows of both halves of a mask. Shape: [2b, ...] to [2 size, ...]."""
        return torch.cat([self.take_mask(half) for half in mask.chunk(2)])

    def gather(self, x, control):
        """All workers' rows in order, on rank 0; others get None. Shape: [size, ...] to [b, ...]."""
        own = x.detach().cpu().contiguous()
        # The gloo back end gathers no booleans.
        sent = own.to(torch.uint8) if own.dtype == torch.bool else own
        is_first = dist.get_rank(control) == 0
        parts = [torch.empty_like(sent) for _ in range(dist.get_world_size(control))] if is_first else None
        dist.gather(sent, parts, dst=0, group=control)
        return torch.cat(parts)[: self.count].to(own.dtype) if is_first else None
