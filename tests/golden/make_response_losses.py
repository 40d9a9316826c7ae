"""Makes tests/fixtures/response-losses/losses.json: losses, gradients and metrics of TRL's own trainers.

    pip install torch transformers trl==1.16.0 datasets
    python tests/golden/make_response_losses.py

The loss functions of A2POTrainer and OnlineDPOTrainer run unchanged, in float64, on log-probs of given logits; only what they
take from the trainer (model, generation, accelerator, arguments) is filled in. The optimal values are those of the published
formula, computed by torch. Rows of a pair are adjacent in the file, and half a batch apart in TRL.
"""
import json, math, pathlib
from collections import defaultdict
from types import SimpleNamespace

import torch
from trl.experimental.a2po import A2POTrainer
from trl.experimental.online_dpo import OnlineDPOTrainer

ROWS, WIDTH, WORDS, END = 8, 5, 7, 6


def batch(seed):
    """Eight responses to four prompts, of uneven length; the first and the fourth did not end by themselves."""
    g = torch.Generator().manual_seed(seed)
    rand = lambda *shape: torch.randn(*shape, generator=g, dtype=torch.float64)
    logits = rand(ROWS, WIDTH, WORDS) * 1.5
    labels = torch.randint(0, END, (ROWS, WIDTH), generator=g)
    lengths = torch.tensor([5, 2, 3, 5, 4, 1, 2, 5])
    ended = torch.tensor([False, True, True, False, True, True, True, True])
    for row in range(ROWS):
        if ended[row]:
            labels[row, lengths[row] - 1] = END
    mask = (torch.arange(WIDTH)[None] < lengths[:, None]).double()
    logp = logits.log_softmax(-1).gather(-1, labels[..., None])[..., 0]
    ref = logp + 0.5 * rand(ROWS, WIDTH)
    rewards = torch.tensor([1.0, 0.25, -0.5, 0.0, 0.75, 0.75, -1.0, 2.0], dtype=torch.float64)
    return dict(logits=logits, labels=labels, mask=mask, ended=ended, ref=ref, rewards=rewards)


def logprobs(logits, labels):
    return logits.log_softmax(-1).gather(-1, labels[..., None])[..., 0]


def optimal_values(beta1):
    samples = torch.tensor([[0.0, 0, 1, 1], [0, 0, 0, 0], [-1, 2, 0.5, 40], [0.25, 0.25, 0.25, 0.25]], dtype=torch.float64)
    values = beta1 * (torch.logsumexp(samples / beta1, dim=1) - math.log(samples.shape[1]))
    return dict(beta1=beta1, samples=samples.tolist(), values=values.tolist())


def a2po_case(data, beta2, left_out):
    """TRL never sees a prompt that is filtered: its rows are left out of what TRL's loss gets."""
    logits = data["logits"].clone().requires_grad_()
    kept = [row for row in range(ROWS) if row not in left_out]
    v_star = torch.linspace(-0.5, 0.9, ROWS, dtype=torch.float64)
    sums = lambda logp: (logp * data["mask"]).sum(1)[kept]
    self = SimpleNamespace(args=SimpleNamespace(beta2=beta2), model=SimpleNamespace(training=True),
                           _metrics={"train": defaultdict(list)},
                           _get_sequence_logps=lambda *_: sums(logprobs(logits, data["labels"])))
    inputs = dict(input_ids=None, attention_mask=None, logits_to_keep=None, ref_logps=sums(data["ref"]),
                  rewards=data["rewards"][kept], v_star=v_star[kept])
    loss = A2POTrainer.compute_loss(self, self.model, inputs)
    loss.backward()
    learned = data["mask"].clone()
    learned[left_out] = 0
    return dict(beta2=beta2, advantages=(data["rewards"] - v_star).tolist(), learned=learned.tolist(), loss=loss.item(),
                dlogits=logits.grad.tolist(), metrics={key: value[0] for key, value in self._metrics["train"].items()})


def online_dpo_case(data, loss_type, beta, penalty):
    logits = data["logits"].clone().requires_grad_()
    apart = torch.tensor([*range(0, ROWS, 2), *range(1, ROWS, 2)])
    labels, mask = data["labels"][apart], data["mask"][apart]
    ref_model = object()
    stats = defaultdict(list)
    gather = SimpleNamespace(gather_for_metrics=lambda x: x, backward=lambda loss: loss.backward())
    args = SimpleNamespace(use_vllm=False, missing_eos_penalty=penalty, loss_type=loss_type, torch_empty_cache_steps=None, optim=None,
                           n_gpu=1, gradient_accumulation_steps=1)
    self = SimpleNamespace(
        args=args, accelerator=gather, beta=beta, stats=stats, ref_model=ref_model, reward_funcs=[], eos_token_ids=[END],
        processing_class=SimpleNamespace(batch_decode=lambda ids, **_: ["" for _ in ids]), state=SimpleNamespace(global_step=1),
        _generate=lambda *_: (torch.zeros(ROWS, 1).long(), torch.ones(ROWS, 1).long(), labels, mask.long(), None),
        _forward=lambda model, *_: (data["ref"][apart] if model is ref_model else logprobs(logits, data["labels"])[apart]),
        _calculate_rewards_from_functions=lambda **_: data["rewards"][apart].clone())
    model = SimpleNamespace(train=lambda: None)
    loss = OnlineDPOTrainer.training_step(self, model, {"prompt": ["a"] * (ROWS // 2)})
    return dict(loss_type=loss_type, beta=beta, penalty=penalty, loss=loss.item(), dlogits=logits.grad.tolist(),
                metrics={key: value[0] for key, value in stats.items()})


def main():
    data = batch(11)
    made = dict(**{key: value.tolist() for key, value in data.items()},
                values=[optimal_values(beta1) for beta1 in (0.5, 0.01, 20.0)],
                a2po=[a2po_case(data, 1e-3, []), a2po_case(data, 0.3, []), a2po_case(data, 0.3, [2, 3])],
                online_dpo=[online_dpo_case(data, "sigmoid", 0.1, None), online_dpo_case(data, "sigmoid", 0.7, 1.5),
                            online_dpo_case(data, "ipo", 0.2, None), online_dpo_case(data, "ipo", 2.0, 0.8)])
    place = pathlib.Path(__file__).parent.parent / "fixtures/response-losses/losses.json"
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps(made) + "\n")


main()
