"""Opens adapter folders written by Keel in PEFT and compares them with the golden numbers.

    pip install torch transformers peft safetensors
    python tests/golden/check_adapters.py WRITTEN tests/fixtures

Every folder of WRITTEN has its namesake below adapters/ and models/ of the second folder. Prints the largest difference of the
logits (or scores) per adapter and exits with 1 when one exceeds the tolerance or a tensor was not read.
"""
import json, pathlib, sys, warnings

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

TOLERANCE = 1e-4


def check(written, fixtures):
    name = written.name
    golden = json.loads((fixtures / "models" / name / "golden.json").read_text())
    expected = load_file(fixtures / "adapters" / name / "golden.safetensors")
    scored = "scores" in expected
    auto = AutoModelForSequenceClassification if scored else AutoModelForCausalLM
    base = auto.from_pretrained(fixtures / "models" / name, attn_implementation="eager", dtype=torch.float32)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model = PeftModel.from_pretrained(base, written).eval()
    for warning in told:
        if "adapter keys" in str(warning.message):
            raise SystemExit(f"{name}: {warning.message}")
    ids, attention = torch.tensor(golden["ids"]), torch.tensor(golden["attention_mask"])
    positions = (attention.cumsum(-1) - 1).clamp(min=0)
    with torch.no_grad():
        logits = model(input_ids=ids, attention_mask=attention, position_ids=positions).logits
    if scored:
        return (logits[:, 0] - expected["scores"]).abs().max().item()
    return (logits[attention.bool()] - expected["logits"]).abs().max().item()


def main():
    written, fixtures = map(pathlib.Path, sys.argv[1:3])
    worst = 0.0
    for folder in sorted(written.iterdir()):
        difference = check(folder, fixtures)
        print(f"{folder.name}: max abs difference in PEFT {difference:.2e}")
        worst = max(worst, difference)
    sys.exit(worst > TOLERANCE)


main()
