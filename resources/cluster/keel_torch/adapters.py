"""Layers of a frozen base to which several adapters of low rank may be added, one at a time (Hu et al. 2021)."""

import torch
from torch import nn
from torch.nn import functional
from transformers.pytorch_utils import Conv1D

from .refused import Refused

FACTORS = {"embedding": ("lora_embedding_A", "lora_embedding_B"), "linear": ("lora_A.weight", "lora_B.weight")}


# Modules that transformers calls otherwise than the files of its models do.
RENAMED = {"embed_out": "lm_head"}


class Choice:
    """The adapter in use, by the prefix of its variables; None for the base alone."""

    own = None


class AdaptedLayer(nn.Module):
    """A layer of the base with the factors of its adapters: A [r, inputs] and B [outputs, r] for each.

    It has the parameters of the layer that it replaces under the same names.
    """

    def __init__(self, layer, choice):
        super().__init__()
        if type(layer) not in (nn.Linear, nn.Embedding, Conv1D):
            raise Refused(f"An adapter cannot be added to a layer of type {type(layer).__name__}.")
        self.kind = {nn.Linear: "linear", nn.Embedding: "embedding", Conv1D: "conv1d"}[type(layer)]
        self.weight = layer.weight
        self.register_parameter("bias", getattr(layer, "bias", None))
        self.factors = nn.ParameterDict()
        self.choice = choice
        self.scales = {}

    def add(self, own, target):
        """Adds an adapter's factors; ``target``: r, scale, inputs, outputs."""
        self.scales[own] = target["scale"]
        self.factors[f"{own}_A"] = nn.Parameter(torch.empty(target["r"], target["inputs"]))
        self.factors[f"{own}_B"] = nn.Parameter(torch.empty(target["outputs"], target["r"]))

    def variable_name(self, key):
        """Name of a factor below its adapter's prefix, as PEFT writes it: (prefix, end of the name)."""
        own, letter = key.rsplit("_", 1)
        a, b = FACTORS["embedding" if self.kind == "embedding" else "linear"]
        return own, a if letter == "A" else b

    def forward(self, x):
        """Shape: x [..., inputs] to [..., outputs], or ids [...] to [..., outputs]."""
        own = self.choice.own if self.choice.own in self.scales else None
        if self.kind == "embedding":
            rows = functional.embedding(x, self.weight)
            inner = None if own is None else functional.embedding(x, self.factors[f"{own}_A"].T)
        else:
            rows = functional.linear(x, self.weight.T if self.kind == "conv1d" else self.weight, self.bias)
            inner = None if own is None else functional.linear(x, self.factors[f"{own}_A"])
        if own is None:
            return rows
        return rows + functional.linear(inner * self.scales[own], self.factors[f"{own}_B"])


def adapt(network, adapters, choice):
    """Replaces the targets of ``adapters`` ({prefix: [target]}) in a network by layers with their factors."""
    for own, targets in adapters.items():
        for target in targets:
            known = {name for name, _ in network.named_modules()}
            module = target["module"] if target["module"] in known else RENAMED.get(target["module"], target["module"])
            parent, _, name = module.rpartition(".")
            holder = network.get_submodule(parent)
            layer = getattr(holder, name)
            if not isinstance(layer, AdaptedLayer):
                layer = AdaptedLayer(layer, choice)
                setattr(holder, name, layer)
            layer.add(own, target)
