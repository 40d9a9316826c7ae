"""Forward passes of one sequence at a time, without padding, by transformers in float64.

A network is a module and the prefix under which Keel's checkpoints name its weights.
"""
import pathlib

import torch
from safetensors.torch import load_file
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification

AUTO = dict(eager=dict(attn_implementation="eager", dtype=torch.float32))


def load_language_model(folder):
    return AutoModelForCausalLM.from_pretrained(folder, **AUTO["eager"]).double().eval()


def load_scorer(folder):
    return AutoModelForSequenceClassification.from_pretrained(folder, **AUTO["eager"]).double().eval()


def as_stored(model, dtype):
    """A frozen model as `frozen_dtype` keeps it: weights rounded, arithmetic as before."""
    if dtype == "float16":
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(p.half().double())
    return model.requires_grad_(False)


def named(model):
    """Weights by the names of the model's own file, where GPT-NeoX's head has another one than in the module; tied ones once."""
    is_neox = model.config.model_type == "gpt_neox"
    return {"embed_out.weight" if is_neox and name == "lm_head.weight" else name: p for name, p in model.named_parameters()}


class Critic(nn.Module):
    """A trunk of its own and a head: `mlp` is Linear(d, 2d), ReLU, Linear(2d, 1), `linear` one Linear(d, 1)."""

    def __init__(self, folder, head, initial):
        super().__init__()
        is_scorer = any("SequenceClassification" in name for name in AutoConfig.from_pretrained(folder).architectures)
        whole = load_scorer(folder) if is_scorer else load_language_model(folder)
        self.trunk = whole.base_model
        self.prefix = whole.base_model_prefix
        width = whole.config.hidden_size
        if head == "mlp":
            self.value_head = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, 1))
        else:
            self.head = nn.Linear(width, 1)
        self.head_name = "value_head" if head == "mlp" else "head"
        self.double()
        getattr(self, self.head_name).load_state_dict(
            {name.removeprefix(f"critic/{self.head_name}."): value.double()
             for name, value in initial.items() if name.startswith(f"critic/{self.head_name}.")})

    def named(self):
        trunk = {f"{self.prefix}.{name}": p for name, p in self.trunk.named_parameters()}
        head = {f"{self.head_name}.{name}": p for name, p in getattr(self, self.head_name).named_parameters()}
        return {**trunk, **head}

    def forward(self, ids):
        hidden = self.trunk(torch.tensor([ids])).last_hidden_state[0]
        return getattr(self, self.head_name)(hidden)[:, 0]


class RewardModel(nn.Module):
    """A trunk and a bias-free linear head that scores every position."""

    def __init__(self, folder, initial=None):
        super().__init__()
        whole = load_scorer(folder) if initial is None else load_language_model(folder)
        self.trunk, self.prefix = whole.base_model, whole.base_model_prefix
        self.score = nn.Linear(whole.config.hidden_size, 1, bias=False).double()
        start = whole.score.weight if initial is None else initial["reward_model/score.weight"].double()
        with torch.no_grad():
            self.score.weight.copy_(start)

    def named(self):
        trunk = {f"{self.prefix}.{name}": p for name, p in self.trunk.named_parameters()}
        return {**trunk, "score.weight": self.score.weight}

    def forward(self, ids):
        return self.score(self.trunk(torch.tensor([ids])).last_hidden_state[0])[:, 0]


def logits_of(model, ids):
    return model(torch.tensor([ids])).logits[0]


def response_logprobs(model, prompt, targets, temperature):
    """log π over the vocabulary at each entry of a response, [entries, v]: entry j predicts targets[j] from all before it."""
    logits = logits_of(model, prompt + targets[:-1])[len(prompt) - 1:]
    return torch.log_softmax(logits / temperature, -1)


def response_values(critic, prompt, targets):
    return critic(prompt + targets[:-1])[len(prompt) - 1:]


def at(logprobs, targets):
    return logprobs[torch.arange(len(targets)), torch.tensor(targets)]


def trained_parameters(weights, unfrozen, layers):
    """Bottom blocks freeze; embedding, final norm and head go on training."""
    if unfrozen is None:
        return weights
    frozen = [f".layers.{block}." for block in range(layers - unfrozen)]
    return {name: p for name, p in weights.items() if not any(mark in name for mark in frozen)}


def load_tensors(path: pathlib.Path):
    return load_file(path) if path.exists() else {}
