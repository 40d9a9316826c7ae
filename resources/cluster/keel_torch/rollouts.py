"""Sampling and scoring of responses by a group of workers, each with its own rows."""

import torch
import torch.distributed as dist
from transformers import DynamicCache

from .networks import whole_while_sampling
from .sampling import sample_tokens

FORBIDDEN = -1e9


def response_columns(ids, response_ids):
    """Columns whose states predict the response: q-1 .. q+r-2. Shape: ids [b, q + r], response_ids [b, r]."""
    length, r = ids.shape[1], response_ids.shape[1]
    return torch.arange(length - r - 1, length - 1, device=ids.device)


def label_logprobs(logits, labels):
    """log softmax at the labels. Shape: logits [..., v], labels [...]."""
    return logits.gather(-1, labels[..., None])[..., 0] - logits.logsumexp(-1)


def entropy_of(logits):
    """-Σ π log π. Shape: [..., v] to [...]."""
    logs = logits.log_softmax(-1)
    return -(logs.exp() * logs).sum(-1)


def any_alive(alive, control):
    """Whether a row of any worker goes on: all take part in every exchange of weights."""
    flag = alive.any().to(torch.int32).cpu()
    dist.all_reduce(flag, op=dist.ReduceOp.MAX, group=control)
    return bool(flag)


class Sampler:
    """Tokens drawn so far, as src-main/engine/rollout/generate-loop.ts keeps them."""

    def __init__(self, uniforms, settings):
        b, r, _ = uniforms.shape
        self.uniforms, self.settings = uniforms, settings
        self.tokens = torch.full([b, r], settings["padTokenId"], device=uniforms.device)
        self.logprobs = torch.zeros([b, r], device=uniforms.device)
        self.alive = torch.ones(b, dtype=torch.bool, device=uniforms.device)
        self.lengths = torch.zeros(b, dtype=torch.long, device=uniforms.device)
        self.stopped = torch.zeros_like(self.alive)
        self.stops = torch.tensor(settings["stopTokenIds"], dtype=torch.long, device=uniforms.device)

    def record(self, step, logits):
        """Samples the next token of every row and stores it. Shape: logits [b, v], result [b]."""
        if step < self.settings["minNewTokens"] and len(self.stops):
            logits = logits.clone()
            logits[:, self.stops] += FORBIDDEN
        tokens, logprobs = sample_tokens(logits, self.uniforms[:, step], self.settings)
        last = torch.where(self.alive, tokens, self.settings["padTokenId"])
        self.tokens[:, step] = last
        self.logprobs[:, step] = torch.where(self.alive, logprobs, 0.0)
        ends = torch.isin(tokens, self.stops)
        self.lengths += self.alive
        self.stopped |= self.alive & ends
        self.alive = self.alive & ~ends
        return last


@torch.no_grad()
def generate(network, own, inputs, rows, settings, control):
    """Responses of prompts. Shape: ids, attentionMask, positions [b, q], uniforms [b, r, 2]; results ids, logprobs [b,
    r], lengths, stopped [b].
    """
    ids, positions, uniforms = (rows.take(inputs[key]) for key in ("ids", "positions", "uniforms"))
    mask = rows.take(inputs["attentionMask"])
    lengths = mask.sum(1)
    sampler = Sampler(uniforms, settings)
    # A row that stands in ends at once.
    sampler.alive &= rows.is_real.to(sampler.alive.device)
    cache = DynamicCache(config=network.lm.config)
    column = torch.tensor([-1], device=ids.device)
    with whole_while_sampling(network):
        logits = network(ids, mask, positions, own, "logits", columns=column + ids.shape[1], cache=cache)
        for step in range(uniforms.shape[1]):
            last = sampler.record(step, logits[:, -1])
            if step + 1 == uniforms.shape[1] or not any_alive(sampler.alive, control):
                break
            mask = torch.cat([mask, torch.ones_like(mask[:, :1])], 1)
            place = (lengths + step)[:, None]
            logits = network(last[:, None], mask, place, own, "logits", columns=column + 1, cache=cache)
    return {
        "ids": rows.gather(sampler.tokens, control),
        "logprobs": rows.gather(sampler.logprobs, control),
        "lengths": rows.gather(sampler.lengths, control),
        "stopped": rows.gather(sampler.stopped, control),
    }


@torch.no_grad()
def score(places, inputs, rows, plan, control):
    """Log-probs of responses under the reference and, if wanted, the policy, and the critic's values, 0 on entries that
    are not stored. Shape: ids, attentionMask, positions [b, q + r]; responseIds, responseMask and results [b, r].

    ``places``: {policy, reference, critic}: (network, own prefix) or None.
    """
    ids, positions, labels = (rows.take(inputs[key]) for key in ("ids", "positions", "responseIds"))
    mask, stored = rows.take(inputs["attentionMask"]), rows.take_mask(inputs["responseMask"])
    columns = response_columns(ids, labels)

    def logits_of(place):
        network, own = place
        return network(ids, mask, positions, own, "logits", columns=columns) / plan["temperature"]

    reference = logits_of(places["reference"])
    found = {"refLogprobs": label_logprobs(reference, labels)}
    if places["critic"]:
        network, own = places["critic"]
        found["values"] = network(ids, mask, positions, own, "values", columns=columns)
    if plan["withPolicy"]:
        policy = logits_of(places["policy"])
        logs = policy.log_softmax(-1)
        found["policyLogprobs"] = label_logprobs(policy, labels)
        found["entropy"] = -(logs.exp() * logs).sum(-1)
        found["exactKl"] = (logs.exp() * (logs - reference.log_softmax(-1))).sum(-1)
    return {key: rows.gather(torch.where(stored, x, 0.0), control) for key, x in found.items()}


@torch.no_grad()
def read_values(place, inputs, rows, control):
    """Scores at the last column. Shape: ids, attentionMask, positions [b, t], result scores [b]."""
    network, own = place
    ids, positions, mask = (rows.take(inputs[key]) for key in ("ids", "positions", "attentionMask"))
    column = torch.tensor([ids.shape[1] - 1], device=ids.device)
    scores = network(ids, mask, positions, own, "values", columns=column)[:, 0]
    return {"scores": rows.gather(scores, control)}
