"""The losses of src-main/engine/update/losses in PyTorch, held by the same vectors.

Every function returns ``(loss, stats)``: a scalar, and ``{name: (value, fold)}`` with fold sum, max or min, by which
the values of a batch's parts and of the workers combine. Sums are divided by the entries of the whole batch, so that
they add up over parts. Masks are true on what counts.
"""

import torch
from torch.nn import functional

EXPONENT_LIMIT = 60
EXTREME = 3e38


def masked(x, mask):
    """x where the mask is true and 0 elsewhere, whatever x is there. Any shape."""
    return torch.where(mask, x, torch.zeros((), dtype=x.dtype, device=x.device))


def mean_over(x, mask, entries):
    """(1/entries) Σ over true entries. Shape: [..] and [..] to a scalar."""
    return masked(x, mask).sum() / entries


def entries_of(mask, entries=None):
    """The number of true entries, at least 1, or the given one of the whole batch."""
    return mask.sum().clamp(min=1) if entries is None else entries


def clamp_exponent(x):
    """x within ±60; its gradient is 0 outside."""
    return x.clamp(-EXPONENT_LIMIT, EXPONENT_LIMIT)


def apa(logprobs, ref_logprobs, advantages, mask, lam, entries=None):
    """(1/n) Σ (log π_θ - A/λ - log π_init)². Shape: [b, t] all; Zhu et al. 2023, arXiv 2306.02231."""
    n = entries_of(mask, entries)
    target = masked(ref_logprobs, mask) + masked(advantages, mask) / lam
    residual = masked(logprobs, mask) - target
    return mean_over(residual.square(), mask, n), {
        "residual_mean": (mean_over(residual, mask, n), "sum"),
        "unreachable_share": (mean_over((target > 0).float(), mask, n), "sum"),
    }


def awr(logprobs, advantages, mask, lam, weight_max=None, entries=None):
    """-(1/n) Σ min(exp(A/λ), w_max) log π_θ. Shape: [b, t] all; Peng et al. 2019, arXiv 1910.00177."""
    n = entries_of(mask, entries)
    weights = clamp_exponent(masked(advantages, mask) / lam).exp()
    if weight_max is not None:
        weights = weights.clamp(max=weight_max)
    return -mean_over(weights * masked(logprobs, mask), mask, n), {
        "weight_mean": (mean_over(weights, mask, n), "sum"),
        "weight_square": (mean_over(weights.square(), mask, n), "sum"),
        "weight_max": (masked(weights, mask).max(), "max"),
    }


def ppo(logprobs, old_logprobs, advantages, mask, cliprange, entries=None):
    """(1/n) Σ max(-A ρ, -A clip(ρ, 1-ε, 1+ε)). Shape: [b, t] all; Schulman et al. 2017, arXiv 1707.06347, eq. 7."""
    n = entries_of(mask, entries)
    log_ratio = clamp_exponent(masked(logprobs, mask) - masked(old_logprobs, mask))
    ratio = log_ratio.exp()
    gain = -masked(advantages, mask)
    unclipped, clipped = gain * ratio, gain * ratio.clamp(1 - cliprange, 1 + cliprange)
    return mean_over(torch.maximum(unclipped, clipped), mask, n), {
        "clipfrac": (mean_over((clipped > unclipped).float(), mask, n), "sum"),
        "ratio": (mean_over(ratio, mask, n), "sum"),
        "ratio_square": (mean_over(ratio.square(), mask, n), "sum"),
        "approx_kl": (0.5 * mean_over(log_ratio.square(), mask, n), "sum"),
        "approx_kl_k3": (mean_over(ratio - 1 - log_ratio, mask, n), "sum"),
    }


def value(values, returns, mask, entries=None):
    """1/(2n) Σ (V - Ret)². Shape: [b, t] all."""
    n = entries_of(mask, entries)
    error = masked(values, mask) - masked(returns, mask)
    return 0.5 * mean_over(error.square(), mask, n), {"value_mean": (mean_over(values, mask, n), "sum")}


def clipped_value(values, old_values, returns, mask, cliprange_value, entries=None):
    """1/(2n) Σ max((V - Ret)², (clip(V, V_old ± ε_v) - Ret)²). Shape: [b, t] all."""
    n = entries_of(mask, entries)
    now, old, target = masked(values, mask), masked(old_values, mask), masked(returns, mask)
    held = torch.minimum(torch.maximum(now, old - cliprange_value), old + cliprange_value)
    free, clipped = (now - target).square(), (held - target).square()
    return 0.5 * mean_over(torch.maximum(free, clipped), mask, n), {
        "value_mean": (mean_over(now, mask, n), "sum"),
        "value_clipfrac": (mean_over((clipped > free).float(), mask, n), "sum"),
    }


def next_token(logprobs, mask, hits=None, entries=None):
    """-(1/n) Σ log π_θ(token | before). Shape: [b, t] all."""
    n = entries_of(mask, entries)
    accuracy = {} if hits is None else {"mean_token_accuracy": (mean_over(hits, mask, n), "sum")}
    return -mean_over(logprobs, mask, n), {**accuracy, "count": (mask.sum().float(), "sum")}


def pairwise(chosen, rejected, pair_mask, center_coefficient, entries=None):
    """(1/n) Σ [-log σ(s_c - s_r) + κ (s_c + s_r)²]. Shape: [b] all; Ouyang et al. 2022, arXiv 2203.02155, eq. 1."""
    n = entries_of(pair_mask, entries)
    margin, both = chosen - rejected, chosen + rejected
    losses = functional.softplus(-margin)
    if center_coefficient != 0:
        losses = losses + center_coefficient * both.square()
    wins = (margin > 0).float() + 0.5 * (margin == 0).float()
    return mean_over(losses, pair_mask, n), {
        "accuracy": (mean_over(wins, pair_mask, n), "sum"),
        "margin": (mean_over(margin, pair_mask, n), "sum"),
        "mean_reward": (0.5 * mean_over(both, pair_mask, n), "sum"),
        "min_reward": (torch.where(pair_mask, torch.minimum(chosen, rejected), EXTREME).min(), "min"),
        "max_reward": (torch.where(pair_mask, torch.maximum(chosen, rejected), -EXTREME).max(), "max"),
        "count": (pair_mask.sum().float(), "sum"),
    }


def tokenwise(chosen, rejected, span_mask, entries=None):
    """(1/n) Σ over pairs of the mean over compared positions of -log σ(r_c,t - r_r,t). Shape: [b, t] all."""
    lengths = span_mask.float().sum(1)
    pair_mask = lengths > 0
    n = entries_of(pair_mask, entries)
    difference = masked(chosen, span_mask) - masked(rejected, span_mask)
    summed = masked(functional.softplus(-difference), span_mask).sum(1)
    return mean_over(summed / lengths.clamp(min=1), pair_mask, n), {}
