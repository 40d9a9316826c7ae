"""Deviations of scores and advantages, and whitening. docs/algorithms/apa.md, "Reward shaping" and "Whitening"."""
import copy
import dataclasses
import math

import torch


@dataclasses.dataclass
class Moments:
    """Mean and variance of all numbers so far, merged batch by batch (Chan et al.)."""
    count: float = 0.0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, values):
        n, mean = len(values), sum(values) / len(values)
        squares = sum((v - mean) ** 2 for v in values)
        total, delta = self.count + n, mean - self.mean
        self.squares += squares + delta ** 2 * self.count * n / total
        self.mean += delta * n / total
        self.count = total

    def deviation(self):
        """Divisor n - 1; 1 where it says nothing."""
        if self.count < 2 or self.squares <= 0:
            return 1.0
        return math.sqrt(self.squares / (self.count - 1))


class Scales:
    def __init__(self, config):
        self.config, self.scores, self.advantages = config, Moments(), Moments()
        self.responses, self.frozen, self.first = 0, None, None

    def copy(self):
        return copy.deepcopy(self)

    def take(self, raw_scores):
        """The deviation that this collection's scores are divided by."""
        self.scores.add(raw_scores)
        self.responses += len(raw_scores)
        running = self.scores.deviation()
        self.first = self.first or running
        kind = self.config["scale_reward"]
        if kind == "none":
            return 1.0
        if kind == "ref":
            return self.first
        return self.frozen[0] if kind == "frozen" and self.frozen else running

    def clip(self, score, deviation):
        most = self.config["cliprange_reward"]
        return min(max(score / deviation, -most), most)

    def scale_advantages(self, rows):
        """Sets the advantages as they enter the loss; gives what they were divided by, None where they are whitened."""
        raw = torch.cat([row.raw_advantages for row in rows])
        self.advantages.add(raw.tolist())
        kind, running = self.config["advantages"], self.advantages.deviation()
        mean, divisor = 0.0, 1.0
        if kind in ("running", "frozen"):
            divisor = self.frozen[1] if kind == "frozen" and self.frozen else running
        if kind == "whiten_masked":
            mean, divisor = raw.mean().item(), math.sqrt(raw.var(unbiased=True).item() + 1e-8)
        for row in rows:
            row.advantages = (row.raw_advantages - mean) / divisor
        if self.frozen is None and self.responses >= self.config["warmup_rollouts"]:
            self.frozen = (self.scores.deviation(), running)
        return divisor


def whitened_padded(rows):
    """Advantages of a minibatch, whitened over every cell up to its longest response, padding (0) among them."""
    width = max(len(row.targets) for row in rows)
    cells = torch.zeros(len(rows), width, dtype=torch.float64)
    for index, row in enumerate(rows):
        cells[index, :len(row.targets)] = row.raw_advantages
    mean, deviation = cells.mean(), torch.sqrt(cells.var(unbiased=False) + 1e-8)
    return [(row.raw_advantages - mean) / deviation for row in rows]
