"""Losses of the methods that compare several responses of a prompt; as in losses.py."""

import torch
from torch.nn import functional

from .losses import clamp_exponent, entries_of, masked, mean_over


def clip_shares(ratio, advantages, mask, entries, epsilon, epsilon_high, rows, loss_type=None):
    """Shares of the ratios where clipping applies, and their extremes among responses, as TRL 1.16 counts them.

    Shape: ratio [b, t] for tokens or [b, 1] for sequences; advantages, mask [b, t].
    """
    by_token = ratio.shape[1] == mask.shape[1]
    stored = mask.float()
    lengths = stored.sum(1)
    own = masked(advantages, mask) if by_token else advantages[:, :1]
    highest = epsilon_high if loss_type == "cispo" else 1 + epsilon_high
    low = ((ratio < 1 - epsilon) & (own < 0)).float()
    high = ((ratio > highest) & (own > 0)).float()

    def mean(x):
        return (x * stored).sum() / entries if by_token else x.sum() / rows

    def by_row(x):
        return (x * stored).sum(1) / lengths.clamp(min=1) if by_token else x.reshape(-1)

    empty = lengths == 0
    return {
        "low_clip": (mean(low), "sum"),
        "high_clip": (mean(high), "sum"),
        "region_clip": (mean(low + high), "sum"),
        "low_min": (torch.where(empty, 1.0, by_row(low)).min(), "min"),
        "high_max": (torch.where(empty, 0.0, by_row(high)).max(), "max"),
    }


def grpo(batch, mask, beta, items, settings, entries=None):
    """Shao et al. 2024 (arXiv 2402.03300) in the forms of TRL 1.16; ``batch``: logprobs, old_logprobs, ref_logprobs,
    entropy and advantages, all [b, t]; ``settings``: those of GrpoSettings.
    """
    n = entries_of(mask, entries)
    stored = mask.float()
    kind = settings["loss_type"]
    logprobs, advantages = masked(batch["logprobs"], mask), masked(batch["advantages"], mask)
    difference = logprobs - masked(batch["old_logprobs"], mask)
    lengths = stored.sum(1, keepdim=True).clamp(min=1)
    is_token = settings["level"] == "token"
    ratio = clamp_exponent(difference if is_token else difference.sum(1, keepdim=True) / lengths).exp()
    d = clamp_exponent(masked(batch["ref_logprobs"], mask) - logprobs)
    kl = d.exp() - d - 1
    if settings["bias_correction"]:
        kl = kl * ratio
    low, high = settings["epsilon"], settings["epsilon_high"]
    if kind == "cispo":
        gain = -(ratio.clamp(max=high).detach() * advantages * logprobs)
    else:
        gain = -torch.minimum(ratio * advantages, ratio.clamp(1 - low, 1 + high) * advantages)
    per_entry = masked(gain + beta * kl, mask)
    if kind == "grpo":
        policy = (per_entry / lengths).sum() / settings["rows"]
    else:
        whole = settings["rows"] * settings["max_length"]
        policy = per_entry.sum() / {"dr_grpo": whole, "bnpo": n, "dapo": items, "cispo": items}[kind]
    entropy = mean_over(batch["entropy"], mask, n)
    shares = clip_shares(ratio, batch["advantages"], mask, n, low, high, settings["rows"], kind)
    return policy - settings["entropy_coef"] * entropy if settings["entropy_coef"] else policy, {
        "kl": (mean_over(kl, mask, n), "sum"),
        "entropy": (entropy, "sum"),
        "objective": (policy, "sum"),
        **({"cispo_clip": shares["high_clip"]} if kind == "cispo" else shares),
    }


def rloo(batch, mask, settings, entries=None):
    """-(1/rows) Σ min(ρ A, clip(ρ) A) on whole responses; Ahmadian et al. 2024, arXiv 2402.14740, as in TRL 1.16."""
    n = entries_of(mask, entries)
    difference = masked(batch["logprobs"], mask) - masked(batch["old_logprobs"], mask)
    ratio = clamp_exponent(difference.sum(1, keepdim=True)).exp()
    advantages = batch["advantages"][:, :1]
    low, high = settings["epsilon"], settings["epsilon_high"]
    gain = torch.minimum(ratio * advantages, ratio.clamp(1 - low, 1 + high) * advantages)
    # A response that stands in where rows are missing counts for nothing; any other one has an advantage.
    gain = masked(gain, batch["is_real"][:, None])
    return -gain.sum() / settings["rows"], {
        "entropy": (mean_over(batch["entropy"], mask, n), "sum"),
        **clip_shares(ratio, batch["advantages"], mask, n, low, high, settings["rows"]),
    }


def a2po(logprobs, ref_logprobs, advantages, mask, beta2, responses):
    """(1/responses) Σ (β₂ Σ_t (log π_θ - log π_ref) - A)². Brantley et al. 2025, arXiv 2505.20686. Shape: [b, t]."""
    implicit = (masked(logprobs, mask) - masked(ref_logprobs, mask)).sum(1) * beta2
    target = torch.where(mask.any(1), advantages[:, 0], torch.zeros_like(implicit))
    return (implicit - target).square().sum() / responses, {
        "implicit_reward": (implicit.sum() / responses, "sum"),
        "advantage": (target.sum() / responses, "sum"),
    }


def online_dpo(logprobs, ref_logprobs, mask, is_real, beta, loss_type, pairs):
    """DPO on adjacent rows, the better one first. Shape: [2n, t], is_real [2n]; Guo et al. 2024, arXiv 2402.04792."""
    logps = masked(logprobs, mask).sum(1)
    ratios = logps - masked(ref_logprobs, mask).sum(1)
    real = is_real[0::2]
    chosen, rejected = ratios[0::2], ratios[1::2]
    z = chosen - rejected
    losses = (z - 0.5 / beta).square() if loss_type == "ipo" else functional.softplus(-beta * z)

    def mean(x):
        return masked(x, real).sum() / pairs

    return mean(losses), {
        "logps/chosen": (mean(logps[0::2]), "sum"),
        "logps/rejected": (mean(logps[1::2]), "sum"),
        "rewards/chosen": (mean(beta * chosen), "sum"),
        "rewards/rejected": (mean(beta * rejected), "sum"),
        "rewards/accuracies": (mean((z > 0).float()), "sum"),
    }
