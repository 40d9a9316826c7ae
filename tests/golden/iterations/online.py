"""Iterations of APA, PPO and AWR in PyTorch: rollout, reward, advantage, updates, metrics."""
import torch

from . import metrics
from .losses import POLICY_LOSSES, VALUE_LOSSES, kl_estimate
from .networks import (Critic, as_stored, at, load_language_model, named, response_logprobs, response_values,
                       trained_parameters)
from .rewards import open_reward
from .rollout import estimate_advantages, lay_out, prompt_ids, reply, score_tokens, terminal_rewards
from .scales import Scales, whitened_padded
from .schedule import Trainer
from .texts import Text


def critic_folder(config):
    init = config["critic"]["init"]
    return dict(policy=config["model"], reward_model=config["reward"].get("model")).get(init, init)


class OnlineRun:
    def __init__(self, config, initial):
        self.config, self.method, self.recipe = config, config["method"], config["recipe"]
        self.text = Text(config["model"])
        self.policy = load_language_model(config["model"])
        dtype = config["engine"]["frozen_dtype"]
        self.reference = as_stored(load_language_model(config["reference"] or config["model"]), dtype)
        self.critic = Critic(critic_folder(config), config["critic"]["head"], initial)
        self.reward = open_reward(config["reward"], dtype)
        self.judge = open_reward(config["judge"], dtype) if config["judge"] else None
        self.temperature = config["generation"]["temperature"]
        self.scales = Scales(config["scaling"])
        self.kl_coef = self.method.get("kl_coef")
        updates, rollouts = config["updates"], config["rollouts"]
        self.per_pass = rollouts["num_rollouts"] // updates["minibatch_size"]
        total = updates["total_iterations"] * self.per_pass * updates["num_ppo_epochs"]
        layers = self.policy.config.num_hidden_layers
        learns = trained_parameters(named(self.policy), updates["num_layers_unfrozen"], layers)
        self.trainer = Trainer([*learns.values(), *self.critic.named().values()], config["optimizer"], total)
        self.first = None
        self.gap = float("inf")

    def weights(self):
        return {**{f"policy/{name}": p.detach().clone() for name, p in named(self.policy).items()},
                **{f"critic/{name}": p.detach().clone() for name, p in self.critic.named().items()}}

    def reply(self, prompt, settings="generation"):
        ids, do_sample = prompt_ids(self.text, prompt, self.config), self.config[settings]["do_sample"]
        row = reply(self.policy, self.text, prompt, ids, self.config["generation"], do_sample)
        self.gap = min(self.gap, row.gap)
        return row

    def evaluate(self, prompts):
        """Metrics and replies to the held-out prompts."""
        rows = [self.reply(prompt, "evaluation") for prompt in prompts]
        for row in rows:
            row.targets = list(row.sampled)
            score_tokens(row, self.policy, self.reference, self.critic, self.temperature)
            row.score = self.reward(row.prompt, row.reply)
            if self.judge:
                row.judgment = self.judge(row.prompt, row.reply)
            row.rewards = terminal_rewards(row, row.score)
            estimate_advantages(row, self.method["gamma"], self.method["lam"])
        names = ("score", "judgment") if self.judge else ("score",)
        self.first = self.first or {row.prompt: {name: getattr(row, name) for name in names} for row in rows}
        return metrics.evaluation_metrics(rows, self.first), rows

    def collect(self, chunks):
        """Everything up to the updates, for prompts in chunks; gives the rows and the metrics, and moves the scales on."""
        for chunk in chunks:
            lay_out(chunk, self.text, self.config)
        rows = [row for chunk in chunks for row in chunk]
        for row in rows:
            score_tokens(row, self.policy, self.reference, self.critic, self.temperature)
            row.score = self.reward(row.prompt, row.reply)
        score_deviation = self.scales.take([row.score for row in rows])
        for row in rows:
            row.scaled_score = self.scales.clip(row.score, score_deviation)
            row.rewards = terminal_rewards(row, row.scaled_score)
            if self.recipe == "ppo":
                row.rewards = row.rewards - self.kl_coef * kl_estimate(row, self.method["kl_estimator"])
            estimate_advantages(row, self.method["gamma"], self.method["lam"])
        advantage_deviation = self.scales.scale_advantages(rows)
        found = metrics.rollout_metrics(rows, self.knows_distribution())
        found |= metrics.advantage_metrics(rows, self.config["generation"]["max_new_tokens"])
        kinds = self.config["scaling"]
        is_divided = kinds["advantages"] in ("running", "frozen")
        is_held = "frozen" in (kinds["scale_reward"], kinds["advantages"]) and self.scales.frozen is not None
        found |= {"scales/score_std": score_deviation, "scales/advantage_std": advantage_deviation if is_divided else 1,
                  "scales/frozen": float(is_held)}
        if self.recipe == "ppo":
            total = metrics.response_mean(rows, lambda row: row.rewards)
            found |= {"ppo/kl_coef": self.kl_coef, "objective/rlhf_reward": total,
                      "objective/non_score_reward": total - found["objective/scaled_scores"]}
        else:
            found[f"{self.recipe}/lambda"] = self.method[f"{self.recipe}_lambda"]
        return rows, found

    def knows_distribution(self):
        """PPO scores π_old by the training forward. APA and AWR take the sampler's log-probs where those are of π_old over the
        whole vocabulary, and know neither its entropy nor the exact KL then."""
        sampling, rollouts = self.config["generation"], self.config["rollouts"]
        is_whole = (sampling["top_k"], sampling["top_p"], sampling["min_new_tokens"]) == (0, 1, 0)
        is_sampled = rollouts["response_mask"] == "explicit" and not rollouts["reencode_responses"]
        return self.recipe == "ppo" or not (is_whole and is_sampled)

    def update(self, rows):
        """One optimizer step on a minibatch; what it reports."""
        advantages = [row.advantages for row in rows]
        if self.config["scaling"]["advantages"] == "whiten_padded":
            advantages = whitened_padded(rows)
        logp = [at(response_logprobs(self.policy, row.prompt_ids, row.targets, self.temperature), row.targets) for row in rows]
        values = [response_values(self.critic, row.prompt_ids, row.targets) for row in rows]
        batch = {name: torch.cat(parts) for name, parts in dict(
            logp=logp, values=values, advantages=advantages, old=[row.old for row in rows], ref=[row.ref for row in rows],
            old_values=[row.values for row in rows], returns=[row.returns for row in rows]).items()}
        policy_loss, of_policy = POLICY_LOSSES[self.recipe](batch, self.method)
        value_loss, of_value = VALUE_LOSSES[self.recipe](batch, self.method)
        loss = policy_loss + self.method["vf_coef"] * value_loss
        step = self.trainer.step(loss)
        return {"loss/policy_avg": policy_loss.item(), "loss/value_avg": value_loss.item(), "loss/total": loss.item(),
                "optimizer/grad_norm": step["norm"], "optimizer/clip_share": step["clipped"], "lr": step["rate"], "optimizer/skipped": 0,
                **of_policy, **of_value}

    def end_iteration(self, rows):
        """The adaptive controller steers by the KL of a response."""
        if self.recipe != "ppo" or self.method["kl_controller"] == "fixed":
            return
        kl = metrics.response_mean(rows, lambda row: kl_estimate(row, "k1"))
        error = min(max(kl / self.method["target_kl"] - 1, -0.2), 0.2)
        self.kl_coef *= 1 + error * len(rows) / self.method["kl_horizon"]

    def snapshot(self):
        return self.trainer.snapshot()

    def restore(self, saved):
        self.trainer.restore(saved)
