"""Gradients and AdamW updates over the rows of all workers."""

import torch
import torch.distributed as dist

from . import group_losses, losses, preference_losses
from .rollouts import entropy_of, label_logprobs, response_columns

REDUCTIONS = {"sum": dist.ReduceOp.SUM, "max": dist.ReduceOp.MAX, "min": dist.ReduceOp.MIN}


def policy_loss(recipe, batch, mask, config, inputs):
    """The loss of an online method's policy. ``batch``: logprobs, entropy and the minibatch's arrays, all [b, t]."""
    method, entries = config["method"], inputs["entries"]
    knobs = {name.removeprefix("knob_"): x for name, x in inputs.items() if name.startswith("knob_")}
    rows = config["updates"]["minibatchSize"]
    logprobs, ref, advantages = batch["logprobs"], batch["ref_logprobs"], batch["advantages"]
    if recipe in ("apa", "apa-offline"):
        return losses.apa(logprobs, ref, advantages, mask, knobs["lambda"], entries)
    if recipe in ("awr", "awr-offline"):
        return losses.awr(logprobs, advantages, mask, knobs["lambda"], method["weightMax"], entries)
    if recipe == "ppo":
        return losses.ppo(logprobs, batch["old_logprobs"], advantages, mask, method["cliprange"], entries)
    if recipe == "a2po":
        return group_losses.a2po(logprobs, ref, advantages, mask, knobs["beta2"], knobs["responses"])
    if recipe == "online-dpo":
        kind, pairs = method["lossType"], rows / 2
        return group_losses.online_dpo(logprobs, ref, mask, batch["is_real"], knobs["beta"], kind, pairs)
    high = method["epsilon"] if method.get("epsilonHigh") is None else method["epsilonHigh"]
    if recipe == "rloo":
        return group_losses.rloo(
            batch, mask, {"epsilon": method["epsilon"], "epsilon_high": high, "rows": rows}, entries
        )
    settings = {
        "loss_type": method["lossType"],
        "level": method["importanceSamplingLevel"],
        "epsilon": method["epsilon"],
        "epsilon_high": high,
        "bias_correction": method["useBiasCorrectionKl"],
        "entropy_coef": method["entropyCoef"],
        "rows": rows,
        "max_length": config["generation"]["maxNewTokens"],
    }
    return group_losses.grpo(batch, mask, knobs["beta"], knobs["items"], settings, entries)


def value_loss(recipe, values, batch, mask, config, entries):
    """The loss of an online method's critic. Shape: [b, t] all."""
    if recipe == "ppo":
        limit = config["method"]["cliprangeValue"]
        return losses.clipped_value(values, batch["old_values"], batch["returns"], mask, limit, entries)
    return losses.value(values, batch["returns"], mask, entries)


class Totals:
    """A loss and statistics of one part of a batch, added up over the workers."""

    def __init__(self):
        self.values, self.folds = {}, {}

    def add(self, loss, stats, name=None, weight=1.0):
        """Adds a loss, times its weight in the whole, and its statistics."""
        loss = loss.detach()
        self._put("loss", weight * loss + self.values.get("loss", 0.0), "sum")
        if name:
            self._put(name, loss, "sum")
        for key, (x, fold) in stats.items():
            self._put(key, x.detach(), fold)

    def _put(self, key, x, fold):
        self.values[key], self.folds[key] = x, fold

    def combined(self, control):
        """The values over all workers, scalars in float32."""
        found = {}
        for key, x in self.values.items():
            number = x.double().cpu()
            dist.all_reduce(number, op=REDUCTIONS[self.folds[key]], group=control)
            found[key] = number.float()
        return found


def online_gradients(group, plan, inputs, rows, backward):
    """Gradients of L_policy + vf_coef L_value over own rows of a part of a minibatch."""
    take = rows.take
    ids, positions, labels = take(inputs["ids"]), take(inputs["positions"]), take(inputs["responseIds"])
    mask, stored = take(inputs["attentionMask"]), rows.take_mask(inputs["responseMask"])
    columns = response_columns(ids, labels)
    keys = {"ref_logprobs": "refLogprobs", "old_logprobs": "oldLogprobs", "advantages": "advantages"}
    keys.update({"old_values": "oldValues", "returns": "returns"} if "returns" in inputs else {})
    batch = {key: take(inputs[name]) for key, name in keys.items()}
    batch["is_real"] = rows.is_real.to(ids.device)
    totals = Totals()
    network, own = group.place(plan["policy"])
    logits = network(ids, mask, positions, own, "logits", columns=columns) / plan["temperature"]
    batch["logprobs"] = label_logprobs(logits, labels)
    if plan["needsEntropy"]:
        batch["entropy"] = entropy_of(logits)
    loss, stats = policy_loss(group.recipe, batch, stored, group.config, inputs)
    backward(loss)
    totals.add(loss, stats, "policy_loss")
    if plan["critic"]:
        network, own = group.place(plan["critic"])
        values = network(ids, mask, positions, own, "values", columns=columns)
        loss, stats = value_loss(group.recipe, values, batch, stored, group.config, inputs["entries"])
        backward(plan["vfCoef"] * loss)
        totals.add(loss, stats, "value_loss", plan["vfCoef"])
    return totals


def next_token_gradients(group, plan, inputs, rows, backward):
    """Gradients of the cross-entropy over own rows. Shape: ids, labels, trainedMask [b, t]."""
    logprobs, readings = read_rows(group, plan["policy"], inputs, rows.take)
    trained = rows.take_mask(inputs["trainedMask"])
    loss, stats = losses.next_token(logprobs, trained, readings["hits"], inputs["entries"])
    backward(loss)
    totals = Totals()
    totals.add(loss, stats)
    return totals


def read_rows(group, place, inputs, take):
    """Log-probs of the next tokens, the means of the logits, and whether the token is the likeliest. Shape: [b, t]."""
    ids, labels, positions, mask = (take(inputs[key]) for key in ("ids", "labels", "positions", "attentionMask"))
    network, own = group.place(place)
    logits = network(ids, mask, positions, own, "logits")
    readings = {"mean_logits": logits.detach().mean(-1), "hits": (logits.argmax(-1) == labels).float()}
    return label_logprobs(logits, labels), readings


def preference_gradients(group, plan, inputs, rows, backward):
    """Gradients of DPO over own pairs. Shape: ids, labels, trainedMask [2n, t], the chosen rows first; pairMask [n]."""
    logprobs, readings = read_rows(group, plan["policy"], inputs, rows.take_pairs)
    trained, ref = rows.take_pair_mask(inputs["trainedMask"]), rows.take_pairs(inputs["refLogprobs"])
    pair_mask, method = rows.take_mask(inputs["pairMask"]), group.config["method"]
    loss, stats = preference_losses.dpo(logprobs, trained, ref, pair_mask, readings, method, inputs["entries"])
    backward(loss)
    totals = Totals()
    totals.add(loss, stats)
    return totals


def judgment_gradients(group, plan, inputs, rows, backward):
    """Gradients of KTO over own rows. Shape: ids, labels, trainedMask [b, t]; desiredMask, rowMask [b]; kl []."""
    logprobs, readings = read_rows(group, plan["policy"], inputs, rows.take)
    trained, row_mask = rows.take_mask(inputs["trainedMask"]), rows.take_mask(inputs["rowMask"])
    ref, desired, kl = rows.take(inputs["refLogprobs"]), rows.take(inputs["desiredMask"]), inputs["kl"]
    method, entries = group.config["method"], inputs["entries"]
    loss, stats = preference_losses.kto(logprobs, trained, ref, desired, row_mask, kl, readings, method, entries)
    backward(loss)
    totals = Totals()
    totals.add(loss, stats)
    return totals


def pair_scores(group, plan, inputs, rows):
    """Scores of both halves of own pairs: at the last tokens [2n], and at every position [2n, t] or None."""
    ids, positions, mask = (rows.take_pairs(inputs[key]) for key in ("ids", "positions", "attentionMask"))
    network, own = group.place(plan["network"])
    if plan["loss"] == "last_token":
        column = torch.tensor([ids.shape[1] - 1], device=ids.device)
        return network(ids, mask, positions, own, "values", columns=column)[:, 0], None
    scores = network(ids, mask, positions, own, "values")
    return (scores * rows.take_pairs(inputs["lastToken"])).sum(1), scores


def pair_gradients(group, plan, inputs, rows, backward):
    """Gradients of the pairwise loss over own pairs. Shape: ids [2n, t], the chosen rows first; pairMask [n]."""
    at_last, scores = pair_scores(group, plan, inputs, rows)
    chosen, rejected = at_last.chunk(2)
    pair_mask, entries = rows.take_mask(inputs["pairMask"]), inputs["entries"]
    loss, stats = losses.pairwise(chosen, rejected, pair_mask, plan["centerCoefficient"], entries)
    if scores is not None:
        span = rows.take_mask(inputs["comparedMask"])
        loss, _ = losses.tokenwise(*scores.chunk(2), span, entries)
    backward(loss)
    totals = Totals()
    totals.add(loss, stats)
    return totals


GRADIENTS = {
    "online": online_gradients,
    "next_token": next_token_gradients,
    "pairs": pair_gradients,
    "preferences": preference_gradients,
    "judgments": judgment_gradients,
}


def global_norm(gradients, control):
    """Norm of all gradients, whose rows are divided among the workers, as a float32 scalar."""
    total = sum((g.double().square().sum() for g in gradients), torch.zeros((), dtype=torch.float64)).cpu()
    dist.all_reduce(total, group=control)
    return total.sqrt().float()


@torch.no_grad()
def adam_w(store, gradients, settings, rate, step, is_finite, norm):
    """One AdamW update in place, as src-main/engine/runtime/adam-w.ts does it: PyTorch's, with the gradients scaled by
    min(1, max / (norm + 1e-6)). Nothing changes if the loss or the norm is not finite. ``gradients``: {name: own rows}.
    """
    if not is_finite:
        return
    most = settings["maxGradNorm"]
    scale = min(1.0, float(most / (norm + 1e-6))) if most > 0 else 1.0
    beta1, beta2 = settings["beta1"], settings["beta2"]
    root = (1 - beta2**step) ** 0.5
    for name, gradient in gradients.items():
        first = store.variables[f"optimizer/adam_m/{name}"].local
        second = store.variables[f"optimizer/adam_v/{name}"].local
        weight = store.variables[name].local
        scaled = gradient * scale
        first += (1 - beta1) * (scaled - first)
        second += (1 - beta2) * (scaled.square() - second)
        moved = (rate * root / (1 - beta1**step)) * first / (second.sqrt() + root * settings["epsilon"])
        weight -= settings["weightDecay"] * rate * weight + moved
