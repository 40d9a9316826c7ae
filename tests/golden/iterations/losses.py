"""The losses of the online methods, over the stored entries of a minibatch (docs/algorithms, /apa, /awr, /ppo).

Each takes one-dimensional tensors over all entries and gives the policy loss, the value loss and what is reported.
"""
import torch


def value_loss(batch, _):
    return ((batch["values"] - batch["returns"]) ** 2).mean() / 2, {}


def clipped_value_loss(batch, method):
    eps, values, old = method["cliprange_value"], batch["values"], batch["old_values"]
    plain = (values - batch["returns"]) ** 2
    clipped = (torch.clamp(values, old - eps, old + eps) - batch["returns"]) ** 2
    return torch.maximum(plain, clipped).mean() / 2, {"val/clipfrac_avg": (clipped > plain).double().mean().item()}


def apa(batch, method):
    target = batch["ref"] + batch["advantages"] / method["apa_lambda"]
    residual = batch["logp"] - target
    loss = (residual ** 2).mean()
    return loss, {"apa/residual_mean": residual.mean().item(),
                  "apa/unreachable_share": (target > 0).double().mean().item()}


def awr(batch, method):
    weights = torch.exp(torch.clamp(batch["advantages"] / method["awr_lambda"], -60, 60))
    if method["weight_max"] is not None:
        weights = torch.clamp(weights, max=method["weight_max"])
    loss = -(weights * batch["logp"]).mean()
    share = weights.sum() ** 2 / (len(weights) * (weights ** 2).sum())
    return loss, {"awr/ess_share": share.item(), "awr/weight_mean": weights.mean().item(),
                  "awr/weight_max": weights.max().item()}


def ppo(batch, method):
    log_ratio = batch["logp"] - batch["old"]
    ratio, eps = log_ratio.exp(), method["cliprange"]
    plain = -batch["advantages"] * ratio
    clipped = -batch["advantages"] * torch.clamp(ratio, 1 - eps, 1 + eps)
    return torch.maximum(plain, clipped).mean(), {
        "policy/approxkl_avg": (log_ratio ** 2).mean().item() / 2,
        "policy/approxkl_k3": (ratio - 1 - log_ratio).mean().item(),
        "policy/clipfrac_avg": (clipped > plain).double().mean().item(),
        "val/ratio": ratio.mean().item()}


POLICY_LOSSES = dict(apa=apa, awr=awr, ppo=ppo)
VALUE_LOSSES = dict(apa=value_loss, awr=value_loss, ppo=clipped_value_loss)


def kl_estimate(row, kind):
    """KL of each sampled token: k1 = -d, k2 = d²/2, k3 = exp(d) - 1 - d with d = log π_ref - log π_old."""
    d = row.ref - row.old
    return dict(k1=-d, k2=d ** 2 / 2, k3=d.exp() - 1 - d)[kind]
