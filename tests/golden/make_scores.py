"""What transformers computes for rows of unequal length with the models of tests/fixtures/models, one row at a time.

    python tests/golden/make_scores.py tests/fixtures

Writes jobs/scores.json: per language model the rows and the log-probability of each id after the first; per reward
model the score at the last token. Deterministic by seed.
"""
import json, pathlib, sys

import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

LANGUAGE_MODELS = ["gpt2-tied", "gpt-neox", "llama-grouped"]
REWARD_MODELS = ["gpt2-score", "gpt-neox-score", "llama-score"]
LENGTHS = [2, 5, 40, 33, 7]


def main():
    fixtures = pathlib.Path(sys.argv[1])
    torch.manual_seed(0)
    rows = [torch.randint(3, 199, (length,)) for length in LENGTHS]
    result = dict(rows=[row.tolist() for row in rows], logprobs={}, rewards={})
    with torch.no_grad():
        for name in LANGUAGE_MODELS:
            model = AutoModelForCausalLM.from_pretrained(fixtures / "models" / name, dtype=torch.float32).eval()
            logprobs = [torch.log_softmax(model(row[None]).logits[0, :-1], -1).gather(-1, row[1:, None])[:, 0] for row in rows]
            result["logprobs"][name] = [[round(x, 7) for x in row.tolist()] for row in logprobs]
        for name in REWARD_MODELS:
            model = AutoModelForSequenceClassification.from_pretrained(fixtures / "models" / name, dtype=torch.float32).eval()
            result["rewards"][name] = [round(model(row[None]).logits[0, 0].item(), 7) for row in rows]
    out = fixtures / "jobs" / "scores.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result) + "\n")


main()
