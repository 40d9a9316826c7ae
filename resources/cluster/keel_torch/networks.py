"""Networks of Hugging Face, their parameters divided among the workers by FSDP2."""

import inspect
from contextlib import contextmanager
from functools import partial

import torch
from torch import nn
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.utils.checkpoint import checkpoint
from transformers import AutoConfig, AutoModelForCausalLM

from .adapters import RENAMED, Choice, adapt
from .refused import Refused

# A network up to this size stays whole on every worker while it samples: each token needs all weights.
WHOLE_BYTES = 2 * 2**30


@contextmanager
def parameters_on_meta():
    """Makes modules without memory for their parameters; buffers, such as rotary frequencies, are computed."""
    register = nn.Module.register_parameter

    def on_meta(module, name, parameter):
        register(module, name, parameter)
        if parameter is not None and not parameter.is_meta:
            module._parameters[name] = nn.Parameter(parameter.to("meta"), requires_grad=parameter.requires_grad)

    nn.Module.register_parameter = on_meta
    try:
        yield
    finally:
        nn.Module.register_parameter = register


def head_of(kind, width):
    """The head that turns states into one number each, with its name; kinds as in src-main/engine/model/heads.ts."""
    if kind == "score":
        return "score", nn.Linear(width, 1, bias=False)
    if kind == "linear":
        return "head", nn.Linear(width, 1)
    return "value_head", nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, 1))


class Network(nn.Module):
    """A trunk with what is added to it: its output matrix, heads and adapters by the prefix of their variables.

    ``config``: config.json of the folder. ``prefix``: of the trunk's variables. ``heads``: {own prefix: kind}.
    ``adapters``: {own prefix: targets}.
    """

    def __init__(self, config, prefix, heads, adapters, recomputes=False):
        super().__init__()
        self.prefix = prefix
        self.choice = Choice()
        known = AutoConfig.for_model(config["model_type"], **{k: v for k, v in config.items() if k != "model_type"})
        known.use_cache = False
        lm = AutoModelForCausalLM.from_config(known, dtype=torch.float32, attn_implementation="sdpa")
        self.width = known.get_text_config().hidden_size
        if prefix in heads:
            lm.set_output_embeddings(nn.Identity())
        adapt(lm, adapters, self.choice)
        self.lm = lm
        # transformers has renamed the argument.
        named = inspect.signature(lm.forward).parameters
        self.cache_name = "cache" if "cache" in named else "past_key_values"
        self.heads = nn.ModuleDict({own: nn.ModuleDict([head_of(kind, self.width)]) for own, kind in heads.items()})
        # A plain list: the blocks are modules of the trunk already.
        self.blocks = list(max((m for m in lm.modules() if isinstance(m, nn.ModuleList)), key=len))
        if recomputes:
            for block in self.blocks:
                block.forward = partial(recomputed, block.forward)
        self.eval()

    def variable_names(self, variables):
        """Full names of the variables by the names of the parameters; a tied parameter has several."""
        names = {}
        files = {ours: theirs for theirs, ours in RENAMED.items()}

        def full(own, name):
            module, _, last = name.partition(".")
            renamed = f"{own}/{files.get(module, module)}.{last}"
            return renamed if renamed in variables else f"{own}/{name}"

        for key, _ in self.lm.named_parameters(remove_duplicate=False):
            module, _, last = key.rpartition(".")
            if module.endswith(".factors"):
                layer = module.removesuffix(".factors")
                own, end = self.lm.get_submodule(layer).variable_name(last)
                names[f"lm.{key}"] = full(own, f"{layer}.{end}")
            else:
                names[f"lm.{key}"] = full(self.prefix, key)
        for own, head in self.heads.items():
            for key, _ in head.named_parameters():
                names[f"heads.{own}.{key}"] = f"{own}/{key}"
        return names

    def forward(self, ids, mask, positions, own, wants, columns=None, cache=None):
        """``logits`` [b, count, v] or ``values`` [b, count] at the wanted columns, by default at all.

        Shape: ids, positions [b, t]; mask [b, all tokens so far]; columns [count]. ``own``: prefix of the adapter or
        head.
        """
        self.choice.own = own
        inputs = {"input_ids": ids, "attention_mask": mask.long(), "position_ids": positions}
        if cache is not None:
            inputs.update({self.cache_name: cache}, use_cache=True)
        if wants == "logits":
            return self.lm(**inputs, logits_to_keep=0 if columns is None else columns).logits
        hidden = self.lm.base_model(**inputs).last_hidden_state
        head = next(iter(self.heads[own].values()))
        # FSDP2 puts a hook on what is returned, which must be no view.
        return head(hidden if columns is None else hidden[:, columns])[..., 0].clone()


def recomputed(forward, *args, **kwargs):
    """A block whose activations are computed again for the gradient."""
    if not torch.is_grad_enabled():
        return forward(*args, **kwargs)
    return checkpoint(forward, *args, use_reentrant=False, **kwargs)


def sharded_network(plan, store, mesh):
    """A network with its weights from the store, whose variables then share the parameters' memory.

    ``plan``: config, prefix, heads, adapters, frozen, recomputes. Throws Refused if a weight is missing.
    """
    with parameters_on_meta():
        network = Network(plan["config"], plan["prefix"], plan["heads"], plan["adapters"], plan["recomputes"])
    names = network.variable_names(store.variables)
    tied = tied_names(network)
    missing = [name for key, name in names.items() if name not in store.variables and key not in tied]
    if missing:
        raise Refused(f"transformers names weights that Keel does not have: {', '.join(sorted(missing)[:5])}.")
    for key, parameter in network.named_parameters():
        if names[key].startswith(f"{plan['prefix']}/") and plan["frozen"]:
            parameter.requires_grad_(False)
            parameter.data = parameter.data.to(store.variables[names[key]].local.dtype)
    buffers = {name: buffer.clone() for name, buffer in network.named_buffers()}
    policy = MixedPrecisionPolicy(param_dtype=torch.float32, reduce_dtype=torch.float32)
    for block in network.blocks:
        fully_shard(block, mesh=mesh, mp_policy=policy)
    fully_shard(network, mesh=mesh, mp_policy=policy, reshard_after_forward=True)
    network.to_empty(device=store.device)
    with torch.no_grad():
        for name, buffer in network.named_buffers():
            buffer.copy_(buffers[name])
        parameters = dict(network.named_parameters())
        for key, name in names.items():
            if key in parameters and key not in tied:
                local = parameters[key].to_local()
                local.copy_(store.variables[name].local)
                store.variables[name].local = local.detach()
    network.parameter_of = {name: parameters[key] for key, name in names.items() if key in parameters}
    return network


def tied_names(network):
    """Names of parameters that are another one under a second name."""
    seen, tied = {}, set()
    for name, parameter in network.named_parameters(remove_duplicate=False):
        if id(parameter) in seen:
            tied.add(name)
        seen[id(parameter)] = name
    return tied


@contextmanager
def whole_while_sampling(network):
    """Keeps a small network's weights whole on every worker, so that they are not exchanged for each token."""
    keeps = sum(parameter.numel() * 4 for parameter in network.parameters()) <= WHOLE_BYTES
    network.set_reshard_after_forward(not keeps)
    try:
        yield
    finally:
        if keeps:
            for module in [*network.blocks, network]:
                module.reshard()
        network.set_reshard_after_forward(True)
