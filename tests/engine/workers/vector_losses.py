"""Prints what keel_torch makes of the golden numbers: losses, gradients, and AdamW steps, in float64.

Usage: python vector_losses.py VECTORS GROUP_LOSSES
"""

import json
import math
import sys

import torch
from keel_torch import group_losses, losses
from keel_torch.rollouts import entropy_of, label_logprobs
from keel_torch.store import Variable
from keel_torch.updates import adam_w


def tensor(nested):
    """Nested numbers, or the words for NaN and infinity, in float64."""

    def number(x):
        return [number(one) for one in x] if isinstance(x, list) else float(x)

    return torch.tensor(number(nested), dtype=torch.float64)


def plain(x):
    """A number or tensor as JSON can hold it."""
    if isinstance(x, torch.Tensor):
        return plain(x.tolist())
    if isinstance(x, list):
        return [plain(one) for one in x]
    if isinstance(x, float) and not math.isfinite(x):
        return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
    return x


def differentiated(leaf, loss_of):
    """Loss, statistics and the gradient by one leaf."""
    own = leaf.clone().requires_grad_()
    loss, stats = loss_of(own)
    (gradient,) = torch.autograd.grad(loss, own, allow_unused=True)
    gradient = torch.zeros_like(own) if gradient is None else gradient
    return {
        "loss": plain(loss),
        "gradient": plain(gradient),
        "stats": {name: plain(value) for name, (value, _) in stats.items()},
    }


def token_case(case):
    """The policy and value losses of one case, by log-probs, logits and values."""
    given, hyper = case["inputs"], case["hyper"]
    mask, labels = tensor(given["mask"]).bool(), tensor(given["labels"]).long()
    ref, old, adv = (tensor(given[key]) for key in ("ref_logp", "old_logp", "adv"))
    returns, old_values = tensor(given["returns"]), tensor(given["old_values"])
    policies = {
        "apa": lambda x: losses.apa(x, ref, adv, mask, hyper["lambda_apa"]),
        "awr": lambda x: losses.awr(x, adv, mask, hyper["lambda_awr"]),
        "ppo": lambda x: losses.ppo(x, old, adv, mask, hyper["cliprange"]),
    }
    logits, logprobs = tensor(given["logits"]), tensor(case["expected"]["logp"])
    found = {}
    for name, loss in policies.items():
        found[name] = differentiated(logprobs, loss)
        through = differentiated(logits, lambda x, loss=loss: loss(label_logprobs(x, labels)))
        found[name]["dlogits"] = through["gradient"]
    values = tensor(given["values"])
    found["vf_unclipped"] = differentiated(values, lambda x: losses.value(x, returns, mask))
    limit = hyper["cliprange_value"]
    found["vf_clipped"] = differentiated(values, lambda x: losses.clipped_value(x, old_values, returns, mask, limit))
    found["logp"], found["entropy"] = plain(label_logprobs(logits, labels)), plain(entropy_of(logits))
    return found


def pair_case(case):
    """The tokenwise loss of one case, by both sides' scores."""
    chosen, rejected = (tensor(case["inputs"][f"{side}_rewards"]) for side in ("chosen", "rejected"))
    span = torch.zeros_like(chosen, dtype=torch.bool)
    for row, (start, end, *_) in enumerate(case["expected"]["div_end_cend_rend"]):
        span[row, start:end] = True
    return {
        "chosen": differentiated(chosen, lambda x: losses.tokenwise(x, rejected, span)),
        "rejected": differentiated(rejected, lambda x: losses.tokenwise(chosen, x, span)),
    }


class OneWorker:
    """Variables of a group of one worker."""

    def __init__(self, variables):
        self.variables = {name: Variable(x.shape, x) for name, x in variables.items()}


def adam_case(case):
    """A parameter after each step."""
    weight = tensor(case["param0"])
    zeros = {f"optimizer/adam_{kind}/w": torch.zeros_like(weight) for kind in "mv"}
    store = OneWorker({"w": weight, **zeros})
    settings = {
        "beta1": case["beta1"],
        "beta2": case["beta2"],
        "epsilon": case["eps"],
        "weightDecay": case["weight_decay"],
        "maxGradNorm": case["max_norm"] or 0,
    }
    steps = []
    for step, nested in enumerate(case["grads"], start=1):
        gradient = tensor(nested)
        adam_w(store, {"w": gradient}, settings, case["lr"], step, True, gradient.norm())
        steps.append(plain(weight))
    return steps


def group_case(golden, case, name):
    """GRPO or RLOO of one case, by logits."""
    hyper, mask = case["hyper"], tensor(case["learned"]).bool()
    labels, advantages = tensor(golden["labels"]).long(), tensor(case["advantages"])[:, None]
    shared = {"old_logprobs": tensor(golden["old"]), "ref_logprobs": tensor(golden["ref"])}
    shared["advantages"] = advantages.expand(mask.shape)
    shared["is_real"] = torch.ones(len(mask), dtype=torch.bool)
    limits = {"epsilon": hyper["epsilon"], "epsilon_high": hyper["epsilon_high"], "rows": len(mask)}

    def loss(logits):
        batch = {**shared, "logprobs": label_logprobs(logits, labels), "entropy": entropy_of(logits)}
        if name == "rloo":
            return group_losses.rloo(batch, mask, limits)
        settings = {
            **limits,
            "loss_type": hyper["loss_type"],
            "level": hyper["importance_sampling_level"],
            "bias_correction": hyper["use_bias_correction_kl"],
            "entropy_coef": hyper["entropy_coef"],
            "max_length": hyper["max_completion_length"],
        }
        return group_losses.grpo(batch, mask, hyper["beta"], mask.sum().clamp(min=1), settings)

    return differentiated(tensor(golden["logits"]), loss)


def main(vectors, groups):
    """Prints everything as one JSON object."""
    with open(vectors) as file:
        golden = json.load(file)
    with open(groups) as file:
        grouped = json.load(file)
    found = {
        "tokens": [token_case(case) for case in golden["token_cases"]],
        "pairs": [pair_case(case) for case in golden["pairwise_cases"]],
        "adam": [adam_case(case) for case in golden["adamw_cases"]],
        "grpo": [group_case(grouped, case, "grpo") for case in grouped["grpo"]],
        "rloo": [group_case(grouped, case, "rloo") for case in grouped["rloo"]],
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
