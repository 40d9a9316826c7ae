"""Replies of a policy and what is known of them, row by row. docs/algorithms/apa.md, "Rollout"."""
import dataclasses
import math

import torch

from .networks import at, logits_of, response_logprobs, response_values


@dataclasses.dataclass
class Row:
    prompt: str
    prompt_ids: list
    sampled: list          # ids as sampled, cut at the stop, which is among them
    reply: str             # text before the stop
    ended: bool
    gap: float             # smallest lead of the likeliest token
    drawn: list = None     # log-probs of the sampled ids under the distribution that was sampled
    targets: list = None   # ids of the stored entries
    old: torch.Tensor = None
    ref: torch.Tensor = None
    exact_kl: torch.Tensor = None
    entropy: torch.Tensor = None
    values: torch.Tensor = None
    score: float = math.nan
    scaled_score: float = math.nan
    rewards: torch.Tensor = None
    raw_advantages: torch.Tensor = None
    returns: torch.Tensor = None
    advantages: torch.Tensor = None


def prompt_ids(text, prompt, config):
    """A prompt leaves room for the reply; what is too much goes from its `truncation_side`."""
    ids, room = text.encode(prompt), (config["data"]["max_length"] or math.inf) - config["generation"]["max_new_tokens"]
    if len(ids) <= room:
        return ids
    return ids[-room:] if config["data"]["truncation_side"] == "left" else ids[:room]


def first_stop(reply, stops):
    places = [reply.find(stop) for stop in stops if stop in reply]
    return min(places) if places else None


def sampled_distribution(logits, generation, do_sample):
    """log-probs of what is sampled: at the temperature, over the likeliest `top_k` tokens, and of these over the fewest that
    hold `top_p`."""
    logits = logits / generation["temperature"]
    if do_sample and generation["top_k"] > 0:
        logits = torch.where(logits >= logits.topk(generation["top_k"]).values[-1], logits, -math.inf)
    if do_sample and generation["top_p"] < 1:
        ordered = logits.sort(descending=True).values
        shares = torch.softmax(ordered, -1)
        lowest = ordered[shares.cumsum(-1) - shares < generation["top_p"]][-1]
        logits = torch.where(logits >= lowest, logits, -math.inf)
    return torch.log_softmax(logits, -1)


def reply(policy, text, prompt, ids, generation, do_sample):
    """The likeliest token each time, up to EOS, a stop string or the limit. Cases that sample leave one token to draw."""
    new, gap, drawn, stops = [], math.inf, [], generation["stop_strings"]
    while len(new) < generation["max_new_tokens"]:
        with torch.no_grad():
            logits = logits_of(policy, ids + new)[-1]
        if len(new) < generation["min_new_tokens"]:
            logits[text.eos] = -math.inf
        best = logits.topk(2)
        gap = min(gap, (best.values[0] - best.values[1]).item())
        new.append(best.indices[0].item())
        distribution = sampled_distribution(logits, generation, do_sample)
        assert not do_sample or distribution.isfinite().sum() == 1
        drawn.append(distribution[new[-1]].item())
        if new[-1] == text.eos:
            return Row(prompt, ids, new, text.decode(new[:-1]), True, gap, drawn)
        place = first_stop(text.decode(new), stops)
        if place is not None:
            return Row(prompt, ids, new, text.decode(new)[:place].rstrip(), True, gap, drawn)
    return Row(prompt, ids, new, text.decode(new), False, gap, drawn)


def lay_out(chunk, text, config):
    """Stored entries of the rows of a chunk. `explicit`: the ids with the stop token. `attention`, the released layout: as
    many as there are ids that differ from padding, and one more that predicts the pad where the tensor has room."""
    rollouts, most = config["rollouts"], config["generation"]["max_new_tokens"]
    pad = text.eos if rollouts["pad_token"] == "eos" else text.pad
    for row in chunk:
        row.targets = text.encode(row.reply)[:most] if rollouts["reencode_responses"] else list(row.sampled)
    if rollouts["response_mask"] == "explicit":
        return
    width = max(len(row.targets) for row in chunk)
    for row in chunk:
        real = [i for i in row.targets if i != pad]
        row.targets = (row.targets + [pad] * width)[:min(len(real) + 1, width)]


def score_tokens(row, policy, reference, critic, temperature):
    with torch.no_grad():
        logp = response_logprobs(policy, row.prompt_ids, row.targets, temperature)
        ref = response_logprobs(reference, row.prompt_ids, row.targets, temperature)
        row.old, row.ref = at(logp, row.targets), at(ref, row.targets)
        row.exact_kl = (logp.exp() * (logp - ref)).sum(-1)
        row.entropy = -(logp.exp() * logp).sum(-1)
        row.values = response_values(critic, row.prompt_ids, row.targets) if critic else None


def estimate_advantages(row, gamma, lam):
    """Generalized advantage estimation; the value behind the last entry is 0."""
    advantage, following, reversed_ = 0.0, 0.0, []
    for reward, value in zip(reversed(row.rewards.tolist()), reversed(row.values.tolist())):
        advantage = reward + gamma * following - value + gamma * lam * advantage
        following = value
        reversed_.append(advantage)
    row.raw_advantages = torch.tensor(reversed_[::-1], dtype=torch.float64)
    row.returns = row.raw_advantages + row.values


def terminal_rewards(row, score):
    rewards = torch.zeros(len(row.targets), dtype=torch.float64)
    if len(rewards):
        rewards[-1] = score
    return rewards
