"""Opens model folders written by Keel in transformers and compares them with the golden numbers.

    pip install torch transformers safetensors
    python tests/golden/check_export.py EXPORTED tests/fixtures/models

Every folder of EXPORTED has its namesake in the second folder. Prints the largest difference of the logits (or scores)
per model and exits with 1 when one exceeds the tolerance or a weight is missing, unexpected or of another value.
"""
import json, pathlib, sys

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

TOLERANCE = 1e-4


def check(exported, golden_folder):
    golden = json.loads((golden_folder / "golden.json").read_text())
    scored = "scores" in golden
    auto = AutoModelForSequenceClassification if scored else AutoModelForCausalLM
    model, report = auto.from_pretrained(exported, attn_implementation="eager", dtype="auto", output_loading_info=True)
    for key in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report.get(key):
            raise SystemExit(f"{exported.name}: {key} {report[key]}")
    model = model.float().eval()
    ids, attention = torch.tensor(golden["ids"]), torch.tensor(golden["attention_mask"])
    positions = (attention.cumsum(-1) - 1).clamp(min=0)
    with torch.no_grad():
        logits = model(ids, attention_mask=attention, position_ids=positions).logits
    if scored:
        return (logits[:, 0] - torch.tensor(golden["scores"])).abs().max().item()
    return (logits[attention.bool()] - load_file(golden_folder / "golden.safetensors")["logits"]).abs().max().item()


def main():
    exported, golden = map(pathlib.Path, sys.argv[1:3])
    worst = 0.0
    for folder in sorted(exported.iterdir()):
        difference = check(folder, golden / folder.name)
        print(f"{folder.name}: max abs difference in transformers {difference:.2e}")
        worst = max(worst, difference)
    sys.exit(worst > TOLERANCE)


main()
