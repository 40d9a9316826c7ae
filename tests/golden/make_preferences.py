"""Golden losses, gradients, and runs of methods that learn from preferences, computed by TRL 1.16 itself.

Losses: the trainer's own `_compute_loss` on given log-probs, in float64. Runs: its `train` on a tiny model, with a batch of
all rows, so that their order plays no role.

    pip install trl==1.16.0 torch transformers datasets
    python tests/golden/make_preferences.py
"""
import collections
import functools
import json
import pathlib
import tempfile
from types import SimpleNamespace

import torch
import torch.nn.functional as F
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
FOLDER = FIXTURES / "preferences"
MODEL = FIXTURES / "golden-iterations/models/neox"
KEYS = ("rewards", "logps", "logits", "mean_token_accuracy")
torch.set_num_threads(1)


class GivenLogprobs:
    """A model whose log-probs are given: a leaf tensor, as TRL's fused head returns it, 0 where nothing is trained."""

    def __init__(self, logprobs, completion_mask, mean_logits, is_top1):
        self.leaf = logprobs.clone().requires_grad_(True)
        self.outputs = (completion_mask[:, 1:], mean_logits, is_top1)

    def __call__(self, **_):
        mask, mean_logits, is_top1 = self.outputs
        zeros = torch.zeros_like(self.leaf)
        return SimpleNamespace(
            log_probs=self.leaf * mask, entropy=zeros, mean_logits=mean_logits, is_top1=is_top1, log_sum_sq_probs=zeros
        )


def same(x):
    return x


def trainer_of(settings, **more):
    """What `_compute_loss` reads of a trainer."""
    return SimpleNamespace(
        model=SimpleNamespace(training=True),
        accelerator=SimpleNamespace(device="cpu", gather=same, gather_for_metrics=same),
        aux_loss_enabled=False,
        precompute_ref_logps=True,
        beta=settings["beta"],
        _metrics={"train": collections.defaultdict(list)},
        _total_train_tokens=0,
        _tp_size=1,
        **more,
    )


def drawn_batch(rows, length):
    """Log-probs of random responses; the first column belongs to a prompt, and rows end at different places."""
    draw = torch.Generator().manual_seed(7)
    logprobs = -3 * torch.rand(rows, length - 1, generator=draw, dtype=torch.float64)
    mask = torch.zeros(rows, length, dtype=torch.int64)
    for row in range(rows):
        mask[row, 2 + row % 2 : length - row % 3] = 1
    reference = (logprobs * mask[:, 1:]).sum(1) + 2 * torch.randn(rows, generator=draw, dtype=torch.float64)
    mean_logits = torch.randn(rows, length - 1, generator=draw, dtype=torch.float64)
    is_top1 = torch.rand(rows, length - 1, generator=draw) > 0.5
    return logprobs, mask, reference, mean_logits, is_top1


def dpo_trainer(settings):
    return trainer_of(
        settings,
        ld_alpha=None,
        f_divergence_type="reverse_kl",
        loss_types=[settings["loss_type"]],
        loss_weights=[1.0],
        label_smoothing=settings["label_smoothing"],
        use_weighting=False,
    )


def conservative(model, inputs, settings):
    """Conservative DPO as in the code released with the paper (trainers.py, preference_loss): TRL 1.16 lacks it."""
    mask = inputs["completion_mask"][:, 1:]
    chosen, rejected = ((model.leaf * mask).sum(1)).chunk(2)
    logits = (chosen - rejected) - (inputs["ref_chosen_logps"] - inputs["ref_rejected_logps"])
    beta, share = settings["beta"], settings["label_smoothing"]
    losses = -F.logsigmoid(beta * logits) * (1 - share) - F.logsigmoid(-beta * logits) * share
    return losses.mean()


def dpo_loss(settings):
    logprobs, mask, reference, mean_logits, is_top1 = drawn_batch(8, 7)
    model = GivenLogprobs(logprobs, mask, mean_logits, is_top1)
    trainer = dpo_trainer(settings)
    ref_chosen, ref_rejected = reference.chunk(2)
    inputs = {
        "input_ids": torch.zeros_like(mask),
        "attention_mask": torch.ones_like(mask),
        "completion_mask": mask,
        "ref_chosen_logps": ref_chosen,
        "ref_rejected_logps": ref_rejected,
    }
    loss = DPOTrainer._compute_loss(trainer, model, inputs, False)
    if settings["loss_type"] == "sigmoid" and settings["label_smoothing"] > 0:
        loss = conservative(model, inputs, settings)
    loss.backward()
    metrics = {key: values[-1] for key, values in trainer._metrics["train"].items()}
    return {
        "settings": settings,
        "inputs": {
            "logprobs": logprobs.tolist(),
            "trained_mask": mask[:, 1:].tolist(),
            "ref_logprobs": reference.tolist(),
            "mean_logits": mean_logits.tolist(),
            "is_top1": is_top1.long().tolist(),
        },
        "loss": loss.item(),
        "gradient": model.leaf.grad.tolist(),
        "metrics": {key: value for key, value in metrics.items() if key.startswith(KEYS)},
    }


def read_rows(name):
    return [json.loads(line) for line in (FOLDER / name).read_text().splitlines()]


ARGUMENTS = {
    "max_steps": 3,
    "learning_rate": 5e-3,
    "lr_scheduler_type": "constant",
    "adam_epsilon": 1e-3,
    "max_grad_norm": 0.5,
    "logging_steps": 1,
    "eval_strategy": "steps",
    "eval_steps": 1,
    "eval_on_start": True,
    "save_strategy": "no",
    "report_to": "none",
    "bf16": False,
    "gradient_checkpointing": False,
    "use_cpu": True,
    "disable_tqdm": True,
    "precompute_ref_log_probs": True,
}


def told_by(trainer):
    """Metrics of each step, under Keel's names: `eval/` for `eval_`."""
    trainer.train()
    told = {}
    for entry in trainer.state.log_history:
        for key, value in entry.items():
            name = key.replace("eval_", "eval/", 1)
            if name.removeprefix("eval/").startswith(("loss", "grad_norm", "kl", *KEYS)):
                told[f"{name}@{entry['step']}"] = value
    return told


def opened_model():
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    return AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32), tokenizer


def dpo_run(settings, data):
    rows, held_out = read_rows(f"{data}.jsonl"), read_rows(f"held-out-{data}.jsonl")
    model, tokenizer = opened_model()
    with tempfile.TemporaryDirectory() as folder:
        arguments = DPOConfig(
            output_dir=folder,
            per_device_train_batch_size=len(rows),
            per_device_eval_batch_size=len(held_out),
            loss_type=[settings["loss_type"]],
            **{key: value for key, value in settings.items() if key != "loss_type"},
            **ARGUMENTS,
        )
        trainer = DPOTrainer(
            model=model,
            args=arguments,
            train_dataset=Dataset.from_list(rows),
            eval_dataset=Dataset.from_list(held_out),
            processing_class=tokenizer,
        )
        return {"settings": settings, "data": data, "metrics": told_by(trainer)}


class WithMismatched:
    """The same for KTO, which also reads rows with responses to other prompts, without a gradient."""

    def __init__(self, model, mismatched, mask):
        self.model, self.mismatched, self.mask = model, mismatched, mask

    def __call__(self, input_ids, **more):
        if input_ids.shape == self.mask.shape and input_ids[0, 0] == 1:
            return SimpleNamespace(log_probs=self.mismatched * self.mask[:, 1:])
        return self.model(input_ids=input_ids, **more)


def kto_loss(settings):
    logprobs, mask, reference, mean_logits, is_top1 = drawn_batch(6, 7)
    draw = torch.Generator().manual_seed(8)
    mismatched = -3 * torch.rand(6, 6, generator=draw, dtype=torch.float64)
    ref_kl = (mismatched * mask[:, 1:]).sum(1) - settings["apart"] - torch.randn(6, generator=draw, dtype=torch.float64)
    leaf = GivenLogprobs(logprobs, mask, mean_logits, is_top1)
    label = torch.tensor([True, False, True, True, False, False])
    trainer = trainer_of(
        settings,
        calculate_KL=settings["loss_type"] == "kto",
        loss_type=settings["loss_type"],
        desirable_weight=settings["desirable_weight"],
        undesirable_weight=settings["undesirable_weight"],
    )
    trainer._compute_kl_logps = functools.partial(KTOTrainer._compute_kl_logps, trainer)
    inputs = {
        "input_ids": torch.zeros_like(mask),
        "attention_mask": torch.ones_like(mask),
        "completion_mask": mask,
        "KL_input_ids": torch.ones_like(mask),
        "KL_attention_mask": torch.ones_like(mask),
        "KL_completion_mask": mask,
        "label": label,
        "ref_logps": reference,
        "ref_KL_logps": ref_kl,
    }
    loss = KTOTrainer._compute_loss(trainer, WithMismatched(leaf, mismatched, mask), inputs, False)
    loss.backward()
    metrics = {key: values[-1] for key, values in trainer._metrics["train"].items()}
    return {
        "settings": settings,
        "inputs": {
            "logprobs": logprobs.tolist(),
            "trained_mask": mask[:, 1:].tolist(),
            "ref_logprobs": reference.tolist(),
            "mean_logits": mean_logits.tolist(),
            "is_top1": is_top1.long().tolist(),
            "label": label.long().tolist(),
        },
        "kl": metrics["kl"],
        "loss": loss.item(),
        "gradient": leaf.leaf.grad.tolist(),
        "metrics": {key: value for key, value in metrics.items() if key.startswith(KEYS)},
    }


def kto_run(settings, data):
    rows, held_out = read_rows(f"{data}.jsonl"), read_rows(f"held-out-{data}.jsonl")
    model, tokenizer = opened_model()
    with tempfile.TemporaryDirectory() as folder:
        arguments = KTOConfig(
            output_dir=folder,
            per_device_train_batch_size=len(rows),
            per_device_eval_batch_size=len(held_out),
            **settings,
            **ARGUMENTS,
        )
        trainer = KTOTrainer(
            model=model,
            args=arguments,
            train_dataset=Dataset.from_list(rows),
            eval_dataset=Dataset.from_list(held_out),
            processing_class=tokenizer,
        )
        return {"settings": settings, "data": data, "metrics": told_by(trainer)}


def kto_setting(loss_type, beta, desirable_weight=1.0, undesirable_weight=1.0):
    weights = {"desirable_weight": desirable_weight, "undesirable_weight": undesirable_weight}
    return {"loss_type": loss_type, "beta": beta, **weights}


# `apart` moves the mismatched rows away from the reference: the estimate is cut off at 0 where it is negative.
KTO_LOSSES = [
    {**kto_setting("kto", 0.1), "apart": -3.0},
    {**kto_setting("kto", 0.4, 1.5, 0.7), "apart": 2.0},
    {**kto_setting("apo_zero_unpaired", 0.3, 0.5, 1.2), "apart": 0.0},
]
KTO_RUNS = [(kto_setting("kto", 0.3, 1.3, 0.9), "judged"), (kto_setting("apo_zero_unpaired", 0.5), "judged-talks")]


def setting(loss_type, beta, label_smoothing=0.0):
    return {"loss_type": loss_type, "beta": beta, "label_smoothing": label_smoothing}


DPO_LOSSES = [
    setting("sigmoid", 0.1),
    setting("sigmoid", 0.5, 0.2),
    setting("robust", 0.3),
    setting("robust", 0.3, 0.1),
    setting("hinge", 0.5),
    setting("ipo", 0.4),
]
DPO_RUNS = [(setting("sigmoid", 0.3), "pairs"), (setting("ipo", 0.5), "pairs"), (setting("robust", 0.2, 0.1), "talks")]


def write(name, value):
    (FOLDER / name).write_text(json.dumps(value, indent=1) + "\n")


if __name__ == "__main__":
    write("dpo.json", {"losses": [dpo_loss(one) for one in DPO_LOSSES], "runs": [dpo_run(*one) for one in DPO_RUNS]})
    write("kto.json", {"losses": [kto_loss(one) for one in KTO_LOSSES], "runs": [kto_run(*one) for one in KTO_RUNS]})
