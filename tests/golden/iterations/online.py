"""Iterations of APA, PPO, AWR and A*-PO in PyTorch: rollout, reward, advantage, updates, metrics."""
import copy
import statistics

import torch

from . import metrics
from .losses import POLICY_LOSSES, VALUE_LOSSES, kl_estimate
from .networks import (Critic, as_stored, at, load_language_model, named, response_logprobs, response_values,
                       trained_parameters)
from .rewards import open_reward
from .rollout import Row, estimate_advantages, lay_out, prompt_ids, reply, score_tokens, terminal_rewards
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
        self.critic = Critic(critic_folder(config), config["critic"]["head"], initial) if "critic" in config else None
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
        self.trainer = Trainer([*learns.values(), *self.critic_weights().values()], config["optimizer"], total)
        self.first = None
        self.gap = float("inf")

    def critic_weights(self):
        return self.critic.named() if self.critic else {}

    def weights(self):
        return {**{f"policy/{name}": p.detach().clone() for name, p in named(self.policy).items()},
                **{f"critic/{name}": p.detach().clone() for name, p in self.critic_weights().items()}}

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
            if self.critic:
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
            self.estimate(row)
        advantage_deviation = self.scales.scale_advantages(rows)
        found = metrics.rollout_metrics(rows, self.knows_distribution())
        found |= metrics.advantage_metrics(rows, self.config["generation"]["max_new_tokens"])
        found |= self.told_of_scales(score_deviation, advantage_deviation)
        if self.recipe == "ppo":
            total = metrics.response_mean(rows, lambda row: row.rewards)
            found |= {"ppo/kl_coef": self.kl_coef, "objective/rlhf_reward": total,
                      "objective/non_score_reward": total - found["objective/scaled_scores"]}
        else:
            found |= self.told_of_method(rows)
        return rows, found

    def told_of_scales(self, score_deviation, advantage_deviation):
        kinds = self.config["scaling"]
        is_divided = kinds["advantages"] in ("running", "frozen")
        is_held = "frozen" in (kinds["scale_reward"], kinds["advantages"]) and self.scales.frozen is not None
        return {"scales/score_std": score_deviation, "scales/advantage_std": advantage_deviation if is_divided else 1,
                "scales/frozen": float(is_held)}

    def estimate(self, row):
        estimate_advantages(row, self.method["gamma"], self.method["lam"])

    def told_of_method(self, rows):
        knob = self.method[f"{self.recipe}_lambda"]
        return {f"{self.recipe}/lambda": knob} | (metrics.fixed_point(rows, knob) if self.recipe == "apa" else {})

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
        policy_loss, value_loss, told = self.losses(rows, logp, advantages)
        loss = policy_loss if value_loss is None else policy_loss + self.method["vf_coef"] * value_loss
        step = self.trainer.step(loss)
        of_value = {} if value_loss is None else {"loss/value_avg": value_loss.item()}
        return {"loss/policy_avg": policy_loss.item(), "loss/total": loss.item(), **of_value,
                "optimizer/grad_norm": step["norm"], "optimizer/clip_share": step["clipped"], "lr": step["rate"], "optimizer/skipped": 0,
                **told}

    def losses(self, rows, logp, advantages):
        """Loss of the policy, loss of the critic, and what is told of them."""
        values = [response_values(self.critic, row.prompt_ids, row.targets) for row in rows]
        batch = {name: torch.cat(parts) for name, parts in dict(
            logp=logp, values=values, advantages=advantages, old=[row.old for row in rows], ref=[row.ref for row in rows],
            old_values=[row.values for row in rows], returns=[row.returns for row in rows]).items()}
        policy_loss, of_policy = POLICY_LOSSES[self.recipe](batch, self.method)
        value_loss, of_value = VALUE_LOSSES[self.recipe](batch, self.method)
        return policy_loss, value_loss, {**of_policy, **of_value}

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


class RegressionRun(OnlineRun):
    """A*-PO: the reference's replies give the optimal value of a prompt. They are all alike here, and so V* is the score of one."""

    def __init__(self, config, initial):
        super().__init__(config, initial)
        self.first_values = {}

    def optimal_value(self, row):
        if row.prompt not in self.first_values:
            said = reply(self.reference, self.text, row.prompt, row.prompt_ids, self.config["generation"], True)
            self.gap = min(self.gap, said.gap)
            score = torch.full((self.method["num_value_samples"],), self.scales.clip(self.reward(row.prompt, said.reply), 1.0),
                               dtype=torch.float64)
            beta = self.method["beta1"]
            value = beta * (torch.logsumexp(score / beta, 0) - torch.log(torch.tensor(float(len(score)))))
            self.first_values[row.prompt] = (value.item(), bool((score == 0).all()))
        return self.first_values[row.prompt]

    def is_filtered(self, row):
        return self.method["filter_all_incorrect"] and self.optimal_value(row)[1]

    def estimate(self, row):
        row.raw_advantages = torch.full((len(row.targets),), row.scaled_score - self.optimal_value(row)[0], dtype=torch.float64)

    def told_of_method(self, rows):
        mean = lambda values: sum(values) / len(rows)
        return {"v_star": mean([self.optimal_value(row)[0] for row in rows]), "a2po/beta2": self.method["beta2"],
                "a2po/filtered_share": mean([float(self.is_filtered(row)) for row in rows])}

    def losses(self, rows, logp, advantages):
        learned = [index for index, row in enumerate(rows) if not self.is_filtered(row)]
        n = max(len(learned), 1)
        implicit = [self.method["beta2"] * (logp[index] - rows[index].ref).sum() for index in learned]
        targets = [rows[index].raw_advantages[0] for index in learned]
        nothing = 0 * sum(part.sum() for part in logp)
        total = lambda values: sum(values, nothing) / n
        loss = total([(i - t) ** 2 for i, t in zip(implicit, targets)])
        return loss, None, {"implicit_reward": total(implicit).item(), "advantage": total(targets).item()}


class GivenRun(OnlineRun):
    """APA and AWR on the responses of preference pairs: nothing is sampled but in evaluations."""

    def __init__(self, config, initial, pairs):
        super().__init__(config, initial)
        self.recipe = config["recipe"].removesuffix("-offline")
        self.initial_critic = copy.deepcopy(self.critic)
        self.given = [row for pair in pairs for row in self.rows_of(pair)]
        scores = [self.reward(row.prompt, row.reply) for row in self.given]
        is_standard = self.method["standardize_rewards"]
        self.standard = (statistics.fmean(scores), statistics.stdev(scores)) if is_standard else (0.0, 1.0)

    def rows_of(self, pair):
        data = self.config["data"]
        both = self.text.comparison(pair["prompt"], pair["chosen"], pair["rejected"], data["max_length"] or 10 ** 6, data["truncation_side"])
        for ids, said in zip(both, (pair["chosen"], pair["rejected"])):
            head, tail = [i for i, own in ids if not own], [i for i, own in ids if own]
            yield Row(pair["prompt"], head, tail, said, True, float("inf"), targets=tail)

    def collect(self, chunks):
        rows = [row for chunk in chunks for row in chunk]
        critic = self.critic if self.method["refresh_values"] else self.initial_critic
        for row in rows:
            score_tokens(row, self.policy, self.reference, critic, self.temperature)
            row.score = self.reward(row.prompt, row.reply)
        deviation = self.scales.take([row.score for row in rows])
        for row in rows:
            standard = (row.score - self.standard[0]) / self.standard[1] if self.method["standardize_rewards"] else row.score / deviation
            row.scaled_score = self.scales.clip(standard, 1.0)
            row.rewards = terminal_rewards(row, row.scaled_score)
            self.estimate(row)
        advantage_deviation = self.scales.scale_advantages(rows)
        found = metrics.score_metrics(rows) | metrics.advantage_metrics(rows, 32)
        return rows, found | self.told_of_method(rows) | self.told_of_scales(deviation, advantage_deviation)
