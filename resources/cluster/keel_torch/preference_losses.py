"""Losses of preference methods on whole responses; as in losses.py."""

import torch
from torch.nn import functional

from .losses import masked, mean_over


def side_statistics(side, row_mask, rewards, logps, trained, readings, entries):
    """Sums over the rows and tokens of one side, as src-main/engine/update/losses/preference-statistics.ts has them.

    Shape: row_mask, rewards, logps [b]; trained and the readings' mean_logits, hits [b, t].
    """

    def add(x):
        return mean_over(x, row_mask, entries), "sum"

    def over_tokens(x):
        return add(masked(x, trained).sum(1))

    return {
        f"{side}_rows": add(torch.ones_like(logps)),
        f"{side}_rewards": add(rewards),
        f"{side}_logps": add(logps),
        f"{side}_tokens": over_tokens(torch.ones_like(readings["hits"])),
        f"{side}_logits": over_tokens(readings["mean_logits"]),
        f"{side}_hits": over_tokens(readings["hits"]),
    }


def pair_losses(ratios, tokens, loss_type, beta, smoothing):
    """Loss of each pair under TRL's names. Shape: ratios, tokens [2n], the chosen rows first; result [n]."""

    def apart(x):
        chosen, rejected = x.chunk(2)
        return chosen - rejected

    scaled = beta * apart(ratios)
    if loss_type == "hinge":
        return (1 - scaled).relu()
    if loss_type == "ipo":
        return (apart(ratios / tokens.clamp(min=1)) - 1 / (2 * beta)).square()
    clean = functional.softplus(-scaled)
    if smoothing == 0:
        return clean
    clean, swapped = (1 - smoothing) * clean, smoothing * functional.softplus(scaled)
    return (clean - swapped) / (1 - 2 * smoothing) if loss_type == "robust" else clean + swapped


def dpo(logprobs, trained, ref_logprobs, pair_mask, readings, method, entries):
    """Rafailov et al. 2023 (arXiv 2305.18290), eq. 7, and its variants. Shape: logprobs, trained [2n, t]; ref_logprobs
    [2n]; pair_mask [n].
    """
    logps = masked(logprobs, trained).sum(1)
    ratios = logps - ref_logprobs
    rewards = method["beta"] * ratios
    tokens = trained.float().sum(1)
    values = pair_losses(ratios, tokens, method["lossType"], method["beta"], method["labelSmoothing"])
    none = torch.zeros_like(pair_mask)
    rest = (rewards, logps, trained, readings, entries)
    chosen, rejected = rewards.chunk(2)
    return mean_over(values, pair_mask, entries), {
        **side_statistics("chosen", torch.cat([pair_mask, none]), *rest),
        **side_statistics("rejected", torch.cat([none, pair_mask]), *rest),
        "rewards/accuracies": (mean_over((chosen > rejected).float(), pair_mask, entries), "sum"),
        "count": (pair_mask.sum().float(), "sum"),
    }


def kto(logprobs, trained, ref_logprobs, desired, row_mask, kl, readings, method, entries):
    """Ethayarajh et al. 2024 (arXiv 2402.01306), eq. 7 and 8. Shape: logprobs, trained [b, t]; ref_logprobs, desired,
    row_mask [b]; kl [].
    """
    logps = masked(logprobs, trained).sum(1)
    ratios = logps - ref_logprobs
    ahead = method["beta"] * (ratios - kl)
    up = method["desirableWeight"] * torch.sigmoid(-ahead)
    down = method["undesirableWeight"] * torch.sigmoid(ahead)
    rest = (method["beta"] * ratios, logps, trained, readings, entries)
    return mean_over(torch.where(desired, up, down), row_mask, entries), {
        **side_statistics("chosen", row_mask & desired, *rest),
        **side_statistics("rejected", row_mask & ~desired, *rest),
        "kto/kl": (kl, "max"),
        "count": (row_mask.sum().float(), "sum"),
    }
