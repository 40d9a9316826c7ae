"""Updates of SFT, of reward models, and of methods that learn from preferences against a reference, in PyTorch: rows, loss over a
whole batch, updates, metrics."""
import itertools
import math
import statistics

import torch

from .networks import RewardModel, at, load_language_model, logits_of, named, trained_parameters
from .schedule import Trainer
from .texts import Text


def records(config, lines):
    """Columns by the names that Keel has for them."""
    names = {name: own for own, name in config["data"]["columns"].items()}
    return [{names.get(key, key): value for key, value in line.items()} for line in lines]


class SupervisedRun:
    """What both share: rows, the number of updates, the trainer."""

    def __init__(self, config, train, held_out):
        self.config, self.text = config, Text(config["model"])
        longest = config["data"]["max_length"]
        self.fit = dict(max_length=longest or math.inf, side=config["data"]["truncation_side"])
        if longest is None:
            self.fit["max_length"] = 10 ** 6
        self.rows = self.rows_of(records(config, train))
        self.held_out = self.rows_of(records(config, held_out))
        training = config["training"]
        passes = math.ceil(training["epochs"] * len(self.rows) / training["batch_size"])
        self.total = min(passes, training["max_steps"] or passes)
        self.model = self.open()
        layers = self.layers()
        learns = trained_parameters(self.named(), training["num_layers_unfrozen"], layers)
        self.trainer = Trainer(learns.values(), config["optimizer"], self.total)

    def rows_of(self, given):
        return [row for row in map(self.row_of, given) if row]

    def weights(self):
        return {f"{self.prefix}/{name}": p.detach().clone() for name, p in self.named().items()}

    def update(self, rows):
        loss, found = self.loss(rows)
        step = self.trainer.step(loss)
        return {"loss": loss.item(), "grad_norm": step["norm"], "learning_rate": step["rate"],
                "training/clipped": step["clipped"], "training/skipped": 0, **found}

    def evaluate(self):
        with torch.no_grad():
            loss, found = self.loss(self.held_out)
        return {"eval/loss": loss.item(), **{f"eval/{key}": value for key, value in found.items()}}

    def snapshot(self):
        return self.trainer.snapshot()

    def restore(self, saved):
        self.trainer.restore(saved)


class SftRun(SupervisedRun):
    prefix = "policy"

    def open(self):
        return load_language_model(self.config["model"])

    def named(self):
        return named(self.model)

    def layers(self):
        return self.model.config.num_hidden_layers

    def row_of(self, record):
        """[(id, counts in the loss)]"""
        if "messages" in record:
            row = self.text.conversation(record["messages"], **self.fit)
        else:
            row = self.text.prompt_and_reply(record["prompt"], record["completion"], **self.fit)
        return row if self.config["training"]["assistant_only"] else [(i, True) for i, _ in row]

    def loss(self, rows):
        """Mean over the trained tokens of all rows. Nothing predicts the first token of a row."""
        logprobs, hits = [], []
        for row in rows:
            ids, counts = [i for i, _ in row], torch.tensor([own for _, own in row[1:]])
            logp = torch.log_softmax(logits_of(self.model, ids[:-1]), -1)
            logprobs.append(at(logp, ids[1:])[counts])
            hits.append((logp.argmax(-1) == torch.tensor(ids[1:]))[counts])
        return -torch.cat(logprobs).mean(), {"mean_token_accuracy": torch.cat(hits).double().mean().item()}


class RewardModelRun(SupervisedRun):
    prefix = "reward_model"

    def __init__(self, config, train, held_out, initial):
        self.initial = initial
        super().__init__(config, train, held_out)

    def open(self):
        model = RewardModel(self.config["model"], self.initial)
        # The token-wise loss reads scores at padding, so its gradient reaches the pad's embedding, which some families of
        # transformers leave out.
        model.trunk.get_input_embeddings().padding_idx = None
        return model

    def named(self):
        return self.model.named()

    def layers(self):
        return self.model.trunk.config.num_hidden_layers

    def row_of(self, record):
        """Ids of the chosen and of the rejected text; None where truncation has made them equal."""
        good, bad = self.text.comparison(record["prompt"], record["chosen"], record["rejected"], **self.fit)
        good, bad = [i for i, _ in good], [i for i, _ in bad]
        return None if good == bad else (good, bad)

    def scores(self, ids, width):
        """A text's scores, padded on the right to `width`; padding is not attended to and sits at the last token's place."""
        attended = torch.tensor([[1] * len(ids) + [0] * (width - len(ids))])
        padded = torch.tensor([ids + [self.text.pad] * (width - len(ids))])
        places = attended.cumsum(-1) - 1
        hidden = self.model.trunk(padded, attention_mask=attended, position_ids=places).last_hidden_state[0]
        return self.model.score(hidden)[:, 0]

    def loss(self, pairs):
        chosen = torch.stack([self.model(good)[-1] for good, _ in pairs])
        rejected = torch.stack([self.model(bad)[-1] for _, bad in pairs])
        center = self.config["training"]["center_rewards_coefficient"]
        if self.config["training"]["loss"] == "last_token":
            each = -torch.nn.functional.logsigmoid(chosen - rejected) + center * (chosen + rejected) ** 2
        else:
            each = torch.stack([self.tokenwise(good, bad) for good, bad in pairs])
        every = torch.cat([chosen, rejected]).tolist()
        wins = [1.0 if c > r else 0.5 if c == r else 0.0 for c, r in zip(chosen.tolist(), rejected.tolist())]
        return each.mean(), {"accuracy": statistics.fmean(wins), "margin": (chosen - rejected).mean().item(),
                             "min_reward": min(every), "mean_reward": statistics.fmean(every), "max_reward": max(every)}

    def tokenwise(self, good, bad):
        """Mean over the positions from the first that differs to the end of the longer text."""
        end = max(len(good), len(bad))
        start = next((i for i, (a, b) in enumerate(zip(good, bad)) if a != b), min(len(good), len(bad)))
        apart = self.scores(good, end) - self.scores(bad, end)
        return -torch.nn.functional.logsigmoid(apart[start:]).mean()


class PreferenceRun(SftRun):
    """Responses whose log-probs are compared with those of a reference."""

    def open(self):
        reference = self.config["reference"] or self.config["model"]
        self.reference = load_language_model(reference).requires_grad_(False)
        return super().open()

    def read(self, model, row):
        """log-probs over the vocabulary, logits, and next ids at each token of a response."""
        ids, counts = [i for i, _ in row], torch.tensor([own for _, own in row[1:]])
        logits = logits_of(model, ids[:-1])[counts]
        return torch.log_softmax(logits, -1), logits, [i for i, own in row[1:] if own]

    def ratio(self, row):
        """log π_θ - log π_ref of a response, and what is told of it."""
        logp, logits, targets = self.read(self.model, row)
        own, other = at(logp, targets).sum(), at(self.read(self.reference, row)[0], targets).sum()
        hits = (logp.argmax(-1) == torch.tensor(targets)).double()
        return own - other, dict(logps=own.item(), logits=logits.mean(-1), hits=hits)

    def told(self, sides):
        """Metrics of both sides, each a list of (ratio, what is told of it); a side without responses has none."""
        found, beta = {}, self.config["method"]["beta"]
        for side, rows in sides.items():
            if not rows:
                continue
            found |= {f"rewards/{side}": beta * statistics.fmean(ratio.item() for ratio, _ in rows),
                      f"logps/{side}": statistics.fmean(told["logps"] for _, told in rows),
                      f"logits/{side}": torch.cat([told["logits"] for _, told in rows]).mean().item()}
        if sides["chosen"]:
            found["mean_token_accuracy"] = torch.cat([told["hits"] for _, told in sides["chosen"]]).mean().item()
        if sides["chosen"] and sides["rejected"]:
            found["rewards/margins"] = found["rewards/chosen"] - found["rewards/rejected"]
        return found


class DpoRun(PreferenceRun):
    def row_of(self, record):
        """Rows of both responses; None where truncation has made them equal."""
        both = self.text.comparison(record["prompt"], record["chosen"], record["rejected"], **self.fit)
        return None if both[0] == both[1] else both

    def pair_loss(self, chosen, rejected, lengths):
        kind, beta, eps = (self.config["method"][key] for key in ("loss_type", "beta", "label_smoothing"))
        z = beta * (chosen - rejected)
        up, down = torch.nn.functional.logsigmoid(z), torch.nn.functional.logsigmoid(-z)
        if kind == "ipo":
            return (chosen / lengths[0] - rejected / lengths[1] - 1 / (2 * beta)) ** 2
        if kind == "hinge":
            return torch.relu(1 - z)
        if kind == "robust":
            return (-(1 - eps) * up + eps * down) / (1 - 2 * eps)
        return -(1 - eps) * up - eps * down

    def loss(self, pairs):
        sides = dict(chosen=[self.ratio(good) for good, _ in pairs], rejected=[self.ratio(bad) for _, bad in pairs])
        trained = lambda row: sum(own for _, own in row)
        losses = [self.pair_loss(good[0], bad[0], [trained(row) for row in pair])
                  for good, bad, pair in zip(sides["chosen"], sides["rejected"], pairs)]
        wins = [float(good[0] > bad[0]) for good, bad in zip(sides["chosen"], sides["rejected"])]
        return sum(losses) / len(losses), {**self.told(sides), "rewards/accuracies": statistics.fmean(wins)}


class KtoRun(PreferenceRun):
    """With `apo_zero_unpaired`, which compares with no distance from the reference; each pair gives two judged responses."""

    def rows_of(self, given):
        return list(itertools.chain.from_iterable(super().rows_of(given)))

    def row_of(self, record):
        both = self.text.comparison(record["prompt"], record["chosen"], record["rejected"], **self.fit)
        return None if both[0] == both[1] else ((both[0], True), (both[1], False))

    def loss(self, rows):
        method = self.config["method"]
        assert method["loss_type"] == "apo_zero_unpaired"
        sides, losses = dict(chosen=[], rejected=[]), []
        for row, is_good in rows:
            ratio, told = self.ratio(row)
            sides["chosen" if is_good else "rejected"].append((ratio, told))
            ahead = method["beta"] * ratio
            value = torch.sigmoid(ahead if is_good else -ahead)
            losses.append(method["desirable_weight" if is_good else "undesirable_weight"] * (1 - value))
        return sum(losses) / len(losses), {**self.told(sides), "kto/kl": 0.0}
