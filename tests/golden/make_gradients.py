"""Makes gradients.json: torch's gradients for the tiny models of tests/fixtures/models.

    pip install torch transformers safetensors
    python tests/golden/make_gradients.py tests/fixtures/models     (writes the file beside this one)

The loss is the mean cross-entropy of the next token over the left-padded batch of golden.json. Of each gradient g, two
numbers are kept: its norm and the sum of g_i cos(i) over its values in order, which any wrong value changes.
"""
import json, pathlib, sys

import torch
from transformers import AutoModelForCausalLM


def gradients(folder):
    golden = json.loads((folder / "golden.json").read_text())
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    ids, attention = torch.tensor(golden["ids"]), torch.tensor(golden["attention_mask"])
    logits = model(ids, attention_mask=attention, position_ids=(attention.cumsum(-1) - 1).clamp(min=0)).logits
    counted = attention[:, :-1].bool()
    loss = torch.nn.functional.cross_entropy(logits[:, :-1][counted], ids[:, 1:][counted])
    loss.backward()
    tensors = {}
    for name, parameter in model.named_parameters():
        g = parameter.grad.double().flatten()
        # transformers renames GPT-NeoX's head when it reads a file.
        stored = "embed_out.weight" if (model.config.model_type, name) == ("gpt_neox", "lm_head.weight") else name
        tensors[stored] = [g.norm().item(), (g * torch.arange(len(g)).double().cos()).sum().item()]
    return dict(loss=loss.item(), tensors=tensors)


def main():
    folders = sorted(folder for folder in pathlib.Path(sys.argv[1]).iterdir() if not folder.name.endswith("-score"))
    made = {folder.name: gradients(folder) for folder in folders}
    text = ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in made.items())
    (pathlib.Path(__file__).parent / "gradients.json").write_text("{\n" + text + "\n}\n")


main()
