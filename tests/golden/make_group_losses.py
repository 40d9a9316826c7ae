"""Makes tests/fixtures/group-losses/losses.json: losses, gradients and metrics of TRL's own trainers.

    pip install torch transformers trl==1.16.0 datasets
    python tests/golden/make_group_losses.py

The loss functions of GRPOTrainer and RLOOTrainer run unchanged, in float64, on log-probs and entropies of given logits;
only what they take from the trainer (model, accelerator, arguments) is filled in. The advantages are those of the
published formulas, computed by torch.
"""
import json, pathlib
from collections import defaultdict
from types import SimpleNamespace

import torch
from trl import GRPOTrainer, RLOOTrainer

GROUP = 3


def batch(seed):
    """Six responses in two groups, of uneven length; the fifth is truncated, and masked in some cases."""
    g = torch.Generator().manual_seed(seed)
    rand = lambda *shape: torch.randn(*shape, generator=g, dtype=torch.float64)
    logits = rand(6, 5, 7) * 1.5
    labels = torch.randint(0, 7, (6, 5), generator=g)
    lengths = torch.tensor([5, 2, 3, 4, 5, 1])
    mask = (torch.arange(5)[None] < lengths[:, None]).double()
    logp = logits.log_softmax(-1).gather(-1, labels[..., None])[..., 0]
    old, ref = logp + 0.35 * rand(6, 5), logp + 0.5 * rand(6, 5)
    rewards = torch.tensor([1.0, 0.0, 0.25, 0.5, -1.0, 2.0], dtype=torch.float64)
    return dict(logits=logits, labels=labels, mask=mask, old=old, ref=ref, rewards=rewards)


def group_advantages(rewards, scale):
    grouped = rewards.view(-1, GROUP)
    centered = grouped - grouped.mean(1, keepdim=True)
    if scale == "group":
        return (centered / (grouped.std(1, keepdim=True) + 1e-4)).flatten()
    if scale == "batch":
        return (centered / (rewards.std() + 1e-4)).flatten()
    return centered.flatten()


def leave_one_out(rewards, normalized):
    grouped = rewards.view(-1, GROUP)
    advantages = (grouped - (grouped.sum(1, keepdim=True) - grouped) / (GROUP - 1)).flatten()
    return (advantages - advantages.mean()) / (advantages.std() + 1e-4) if normalized else advantages


class Accelerator:
    num_processes, sync_gradients = 1, True
    gather = staticmethod(lambda x: x)
    reduce = staticmethod(lambda x, reduction: x)


def trainer(logits, labels, hyper):
    log = logits.log_softmax(-1)
    logp = log.gather(-1, labels[..., None])[..., 0]
    entropy = -(log.exp() * log).sum(-1)
    args = SimpleNamespace(delta=None, steps_per_generation=1,
                           use_bias_correction_kl=hyper.get("use_bias_correction_kl", True))
    return SimpleNamespace(
        args=args, accelerator=Accelerator(), model=SimpleNamespace(training=True), _metrics=defaultdict(lambda: defaultdict(list)),
        _get_per_token_logps_and_entropies=lambda *_, **__: (logp, entropy, None), aux_loss_enabled=False,
        top_entropy_quantile=1.0, off_policy_mask_threshold=None, use_vllm=False, current_gradient_accumulation_steps=1,
        importance_sampling_level=hyper.get("importance_sampling_level"), beta=hyper["beta"], loss_type=hyper.get("loss_type"),
        epsilon_low=hyper["epsilon"], epsilon_high=hyper["epsilon_high"], max_completion_length=hyper.get("max_completion_length"),
        entropy_coef=hyper.get("entropy_coef"), use_adaptive_entropy=False, _entropy_bonus_enabled=hyper.get("entropy_coef", 0) != 0)


def differentiate(loss_of, data, mask, advantages, hyper, more):
    logits = data["logits"].clone().requires_grad_()
    self = trainer(logits, data["labels"], hyper)
    inputs = dict(prompt_ids=torch.zeros(6, 1).long(), prompt_mask=torch.ones(6, 1).long(), completion_ids=data["labels"],
                  completion_mask=mask, advantages=advantages, **more)
    loss = loss_of(self, self.model, inputs)
    loss.backward()
    metrics = {key: values[0] for key, values in self._metrics["train"].items()}
    return dict(loss=loss.item(), dlogits=logits.grad.tolist(), metrics=metrics)


def grpo_cases(data):
    base = dict(importance_sampling_level="token", beta=0.0, epsilon=0.2, epsilon_high=0.2, entropy_coef=0.0,
                use_bias_correction_kl=True, scale_rewards="group", max_completion_length=5, mask_truncated=False)
    kinds = ["grpo", "dr_grpo", "dapo", "bnpo", "cispo"]
    changes = [dict(loss_type=kind, epsilon_high=1.5 if kind == "cispo" else 0.2) for kind in kinds]
    changes += [dict(change, beta=0.3, entropy_coef=0.05, mask_truncated=True, scale_rewards="batch") for change in changes]
    changes += [dict(loss_type="grpo", importance_sampling_level="sequence", epsilon=0.05, epsilon_high=0.1, beta=0.2),
                dict(loss_type="bnpo", importance_sampling_level="sequence", epsilon=0.05, epsilon_high=0.1, mask_truncated=True),
                dict(loss_type="dapo", beta=0.2, use_bias_correction_kl=False, scale_rewards="none", epsilon_high=0.28)]
    for change in changes:
        hyper = {**base, **change}
        mask = data["mask"].clone()
        if hyper["mask_truncated"]:
            mask[4] = 0
        advantages = group_advantages(data["rewards"], hyper["scale_rewards"])
        more = dict(old_per_token_logps=data["old"], ref_per_token_logps=data["ref"], num_items_in_batch=mask.sum())
        yield dict(hyper=hyper, learned=mask.tolist(), advantages=advantages.tolist(),
                   **differentiate(GRPOTrainer._compute_loss, data, mask, advantages, hyper, more))


def rloo_cases(data):
    for change in [dict(), dict(epsilon=0.6, epsilon_high=1.0, beta=0.4, normalize_advantages=True), dict(beta=0.05, mask_truncated=True)]:
        hyper = {**dict(beta=0.0, epsilon=0.2, epsilon_high=0.2, normalize_advantages=False, mask_truncated=False), **change}
        mask = data["mask"].clone()
        if hyper["mask_truncated"]:
            mask[4] = 0
        kl = ((data["old"] - data["ref"]) * mask).sum(1)
        advantages = leave_one_out(data["rewards"] - hyper["beta"] * kl, hyper["normalize_advantages"])
        more = dict(old_logps=(data["old"] * mask).sum(1))
        yield dict(hyper=hyper, learned=mask.tolist(), advantages=advantages.tolist(),
                   **differentiate(RLOOTrainer._compute_loss, data, mask, advantages, hyper, more))


def main():
    data = batch(7)
    made = dict(group=GROUP, **{key: value.tolist() for key, value in data.items() if key != "mask"},
                grpo=list(grpo_cases(data)), rloo=list(rloo_cases(data)))
    place = pathlib.Path(__file__).parent.parent / "fixtures/group-losses/losses.json"
    place.write_text(json.dumps(made) + "\n")


main()
