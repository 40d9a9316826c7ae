"""Makes tests/fixtures/stop-tokens/generations.json: where greedy generation of transformers ends.

    pip install torch transformers
    python tests/golden/make_stops.py

Each case is a copy of tests/fixtures/models/llama-grouped with other values of eos_token_id in config.json and
generation_config.json (absent: the file does not exist, as transformers then takes the config's). Prompts are ids; the
ids of `new` include the stop token. Written with transformers 5.24.0 and torch 2.15.0.
"""
import json, pathlib, shutil, tempfile

import torch
from transformers import AutoModelForCausalLM

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
MODEL = FIXTURES / "models" / "llama-grouped"
PROMPTS = [[11, 12, 13, 14, 15, 16], [21, 22, 23], [31]]
NEW = 24


def generate(config_eos, generation):
    """New ids of each prompt. `generation`: the file's content, or None for no file."""
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place) / "model"
        shutil.copytree(MODEL, folder)
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "eos_token_id": config_eos}))
        (folder / "generation_config.json").unlink()
        if generation is not None:
            (folder / "generation_config.json").write_text(json.dumps(generation))
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        rows = []
        for prompt in PROMPTS:
            ids = torch.tensor([prompt])
            made = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=NEW)
            rows.append(made[0, len(prompt):].tolist())
        return rows


def main():
    free = generate(2, {"eos_token_id": 2, "pad_token_id": 0})
    # Ids that the model produces early, each in another row.
    first, second, third = free[0][3], free[1][5], free[2][8]
    cases = {
        "one id": (2, {"eos_token_id": 2, "pad_token_id": 0}),
        "one more id in generation_config": (2, {"eos_token_id": first, "pad_token_id": 0}),
        "a list": (2, {"eos_token_id": [2, first, second], "pad_token_id": 0}),
        "a list in which an id is repeated": (2, {"eos_token_id": [third, 2, third], "pad_token_id": 0}),
        "a list with an id beyond the vocabulary": (2, {"eos_token_id": [2, 5000, second], "pad_token_id": 0}),
        "padding is a stop token": (2, {"eos_token_id": [2, second], "pad_token_id": second}),
        "no generation_config": ([2, second, third], None),
        "no generation_config, one id": (2, None),
    }
    made = [
        dict(name=name, config=config, generation=generation, new=generate(config, generation))
        for name, (config, generation) in cases.items()
    ]
    target = FIXTURES / "stop-tokens" / "generations.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(dict(prompts=PROMPTS, max_new_tokens=NEW, cases=made)) + "\n")
    for case in made:
        print(case["name"], [(len(row), row[-1]) for row in case["new"]])


main()
