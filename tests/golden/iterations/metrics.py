"""The metrics of an iteration and of an evaluation, from their descriptions in docs/metrics.md."""
import math
import statistics

import torch
from scipy import stats

from .losses import kl_estimate

Z95 = 1.959963984540054


def deviation(values):
    """Divisor n - 1."""
    return statistics.stdev(values)


def correlation(a, b):
    if statistics.pstdev(a) == 0 or statistics.pstdev(b) == 0:
        return math.nan
    return statistics.correlation(a, b)


def repeated_share(targets):
    """Share of the runs of three tokens that occurred before in the same response."""
    runs = [tuple(targets[i:i + 3]) for i in range(len(targets) - 2)]
    return sum(run in runs[:i] for i, run in enumerate(runs)) / len(runs) if runs else 0.0


def response_mean(rows, per_token):
    return statistics.fmean(per_token(row).sum().item() for row in rows)


def token_mean(rows, per_token):
    return torch.cat([per_token(row) for row in rows]).mean().item()


def score_metrics(rows):
    scores = [row.score for row in rows]
    return {"objective/scores": statistics.fmean(scores), "objective/scores_std": deviation(scores),
            "objective/scaled_scores": statistics.fmean(row.scaled_score for row in rows)}


def rollout_metrics(rows, has_distribution):
    lengths, scores = [float(len(row.targets)) for row in rows], [row.score for row in rows]
    ended = [len(row.targets) for row in rows if row.ended]
    found = {
        **score_metrics(rows),
        "completions/mean_length": statistics.fmean(lengths),
        "completions/min_length": min(lengths), "completions/max_length": max(lengths),
        "completions/mean_terminated_length": statistics.fmean(ended) if ended else math.nan,
        "completions/clipped_ratio": 1 - len(ended) / len(rows),
        "completions/distinct_share": len({row.reply for row in rows}) / len(rows),
        "completions/repeated_share": statistics.fmean(repeated_share(row.targets) for row in rows),
        "completions/length_score_correlation": correlation(lengths, scores)}
    drift = {"kl": lambda row: kl_estimate(row, "k1"), "kl_k3": lambda row: kl_estimate(row, "k3"),
             "sampled_entropy": lambda row: -row.old}
    if has_distribution:
        drift["kl_exact"] = lambda row: row.exact_kl
        found["objective/entropy_per_token"] = token_mean(rows, lambda row: row.entropy)
    for name, per_token in drift.items():
        found[f"objective/{name}"] = response_mean(rows, per_token)
        found[f"objective/{name}_per_token"] = token_mean(rows, per_token)
    return found


def advantage_metrics(rows, most):
    raw, scaled = (torch.cat([getattr(row, name) for row in rows]) for name in ("raw_advantages", "advantages"))
    found = {
        "advantages/mean": raw.mean().item(), "advantages/std": raw.std(unbiased=False).item(),
        "advantages/scaled_std": scaled.std(unbiased=False).item(),
        "advantages/valid_share": len(raw) / (len(rows) * most)}
    if rows[0].values is None:
        return found
    returns, values = (torch.cat([getattr(row, name) for row in rows]) for name in ("returns", "values"))
    variance = returns.var(unbiased=False)
    return {
        **found, "returns/mean": returns.mean().item(), "returns/std": variance.sqrt().item(), "values/mean": values.mean().item(),
        "values/explained_variance": (1 - (returns - values).var(unbiased=False) / variance).item()}


def fixed_point(rows, knob):
    """How far the policy has come to where its log-ratio is A/λ but for a constant."""
    old, ref, advantages = (torch.cat([getattr(row, name) for row in rows]) for name in ("old", "ref", "advantages"))
    move, want = old - ref, advantages / knob
    found = {"apa/target_mean": (ref + want).mean().item()}
    move, want = move - move.mean(), want - want.mean()
    square, product = (move ** 2).mean().item(), (move * want).mean().item()
    if math.sqrt(square) < 1e-5:
        return found | {"apa/fixed_point_reached": 0.0}
    return found | ({"apa/fixed_point_reached": square / product} if product > 0 else {})


def update_metrics(updates):
    """Means over the updates of an iteration, save where docs/metrics.md says otherwise."""
    found = {}
    for key in updates[0]:
        values = [update[key] for update in updates]
        found[key] = max(values) if key == "awr/weight_max" else statistics.fmean(values)
    found["lr"] = updates[-1]["lr"]
    if "apa/residual_mean" in found:
        found["apa/residual_rms"] = math.sqrt(found["loss/policy_avg"])
    if "implicit_reward" in found:
        found["a2po/residual_rms"] = math.sqrt(found["loss/policy_avg"])
    if "val/ratio" in found:
        found["val/ratio_var"] = statistics.variance(update["val/ratio"] for update in updates)
    return found


def wilson(share, n):
    middle, spread = share + Z95 ** 2 / (2 * n), Z95 * math.sqrt(share * (1 - share) / n + Z95 ** 2 / (4 * n * n))
    return (middle - spread) / (1 + Z95 ** 2 / n), (middle + spread) / (1 + Z95 ** 2 / n)


def wins(rows, first, name):
    """Share of the prompts at which a response scores above the starting policy's, a tie counting one half."""
    pairs = [(getattr(row, name), first[row.prompt][name]) for row in rows]
    return statistics.fmean(1.0 if now > then else 0.5 if now == then else 0.0 for now, then in pairs)


def paired(rows, first, name):
    """Change since the starting policy's reply to the same prompt, with scipy's paired t interval."""
    now, then = [getattr(row, name) for row in rows], [first[row.prompt][name] for row in rows]
    changes = [a - b for a, b in zip(now, then)]
    if not any(changes):
        return 0.0, 0.0, 0.0
    bounds = stats.ttest_rel(now, then).confidence_interval(0.95)
    return statistics.fmean(changes), float(bounds.low), float(bounds.high)


def evaluation_metrics(rows, first):
    """`first`: scores and judgments of the starting policy's replies by prompt."""
    found = {
        "eval/prompts": len(rows), "eval/logprob_gap": max(abs(a - b) for row in rows for a, b in zip(row.drawn, row.old.tolist())),
        "eval/kl_exact": response_mean(rows, lambda row: row.exact_kl),
        "eval/kl_exact_per_token": token_mean(rows, lambda row: row.exact_kl),
        "eval/entropy_per_token": token_mean(rows, lambda row: row.entropy),
        "eval/reference_logprob_per_token": token_mean(rows, lambda row: row.ref),
        "eval/response_length": statistics.fmean(len(row.targets) for row in rows),
        "eval/ended_by_stop": statistics.fmean(row.ended for row in rows),
        "eval/distinct_replies": len({row.reply for row in rows}) / len(rows)}
    for key, prefix, name in (("eval/reward", "eval/", "score"), ("eval/judge", "eval/judge_", "judgment")):
        values = [getattr(row, name, math.nan) for row in rows]
        if any(map(math.isnan, values)):
            continue
        share = wins(rows, first, name)
        low, high = wilson(share, len(rows))
        change, least, most = paired(rows, first, name)
        found |= {key: statistics.fmean(values), f"{key}_std": deviation(values), f"{prefix}win_rate": share,
                  f"{prefix}win_rate_low": low, f"{prefix}win_rate_high": high,
                  f"{key}_change": change, f"{key}_change_low": least, f"{key}_change_high": most}
    return found
