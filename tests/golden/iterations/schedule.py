"""Learning rate and optimizer."""
import copy
import math

import torch


def learning_rate(optimizer, update, total):
    """Rate of the update-th of `total` updates, counted from 1. Warm-up gives update w of W the share w/W. Behind it the rate
    falls as PyTorch's CosineAnnealingLR and transformers' schedules have it: from the whole rate at the first update to
    where the one behind the last would have the floor."""
    peak, floor, warmup = optimizer["learning_rate"], optimizer["min_learning_rate"], optimizer["warmup_steps"]
    if update <= warmup:
        return peak * update / warmup
    if optimizer["schedule"] == "constant" or total <= warmup:
        return peak
    done = (update - 1 - warmup) / (total - warmup)
    share = 1 - done if optimizer["schedule"] == "linear" else (1 + math.cos(math.pi * done)) / 2
    return floor + (peak - floor) * share


class Trainer:
    """AdamW over the weights that learn, with one global gradient norm; can go back to where it was."""

    def __init__(self, parameters, optimizer, total):
        self.parameters, self.config, self.total, self.done = list(parameters), optimizer, total, 0
        self.adam = torch.optim.AdamW(self.parameters, lr=1.0, betas=(optimizer["beta1"], optimizer["beta2"]),
                                      eps=optimizer["epsilon"], weight_decay=optimizer["weight_decay"])

    def step(self, loss):
        """One update; its gradient norm before clipping, whether it was clipped, and its rate."""
        self.done += 1
        rate = learning_rate(self.config, self.done, self.total)
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.zero_grad()
        loss.backward()
        most = self.config["max_grad_norm"]
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, most if most > 0 else math.inf).item()
        self.adam.step()
        return dict(norm=norm, clipped=float(most > 0 and norm > most), rate=rate)

    def snapshot(self):
        return [p.detach().clone() for p in self.parameters], copy.deepcopy(self.adam.state_dict()), self.done

    def restore(self, saved):
        weights, adam, self.done = saved
        with torch.no_grad():
            for p, value in zip(self.parameters, weights):
                p.copy_(value)
        self.adam.load_state_dict(copy.deepcopy(adam))
