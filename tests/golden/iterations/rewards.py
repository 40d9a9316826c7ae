"""What scores a finished reply (docs/rewards.md), written anew with Python's own regular expressions."""
import re

import torch

from .networks import RewardModel, as_stored
from .texts import Text

# Formulas of the cases, by their text in the config.
FORMULAS = {
    "count(\"a\") / 4 - 0.5 * contains(prompt, \"b\")": lambda prompt, reply: reply.count("a") / 4 - 0.5 * ("b" in prompt),
    "clamp(length_words - 2, -1, 1.5)": lambda prompt, reply: min(max(len(reply.split()) - 2, -1), 1.5),
}


def length(rule, reply):
    n = len(reply) if rule["unit"] == "characters" else len(reply.split())
    outside = max(rule["min"] - n, n - rule["max"], 0)
    return 1.0 if outside == 0 else max(0.0, 1 - outside / rule["falloff"]) if rule["falloff"] > 0 else 0.0


def captured(pattern, text, flags):
    return {next((g for g in m.groups() if g is not None), m.group(0)) for m in re.finditer(pattern, text, flags)}


def rule_score(rule, prompt, reply):
    flags = re.IGNORECASE if rule.get("ignore_case") else 0
    if rule["type"] == "length":
        return length(rule, reply)
    if rule["type"] == "regex":
        return float(re.search(rule["pattern"], reply, flags) is not None)
    if rule["type"] == "contains":
        found = [text in reply for text in rule["texts"]]
        return dict(any=float(any(found)), all=float(all(found)), share=sum(found) / len(found))[rule["mode"]]
    if rule["type"] == "from_prompt":
        of_prompt = captured(rule.get("prompt_pattern") or rule["pattern"], prompt, flags)
        of_reply = captured(rule["pattern"], reply, flags)
        return float(bool(of_reply & of_prompt) if rule["mode"] == "any" else of_reply <= of_prompt)
    return FORMULAS[rule["expression"]](prompt, reply)


def holds(rule, prompt):
    when, unless = rule.get("when_prompt"), rule.get("unless_prompt")
    return (not when or re.search(when, prompt, re.I)) and not (unless and re.search(unless, prompt, re.I))


def open_reward(config, dtype):
    """A function of prompt and reply."""
    if config["type"] == "rules":
        return lambda prompt, reply: sum(
            rule.get("weight", 1) * rule_score(rule, prompt, reply) for rule in config["rules"] if holds(rule, prompt))
    if config["type"] == "sum":
        parts = [(part["weight"], open_reward(part["reward"], dtype)) for part in config["parts"]]
        return lambda prompt, reply: sum(weight * score(prompt, reply) for weight, score in parts)
    model, text = as_stored(RewardModel(config["model"]), dtype), Text(config["model"])
    longest = config["max_length"] or model.trunk.config.max_position_embeddings

    def score(prompt, reply):
        ids = [i for i, _ in text.prompt_and_reply(prompt, reply, longest, "left")]
        with torch.no_grad():
            return model(ids)[-1].item()
    return score
