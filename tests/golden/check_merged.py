"""Opens merged folders written by Keel in transformers and compares them with what PEFT merges.

    pip install torch transformers peft safetensors
    python tests/golden/check_merged.py WRITTEN tests/fixtures float32 bfloat16 float16

WRITTEN/<dtype>/<name> is the adapter <name> of the second folder, merged. Every weight must be that of `merge_and_unload` up to
float32's rounding; in other types, it must be the float32 folder's weight as `.to(dtype)` rounds it, bit by bit, and
`from_pretrained(dtype="auto")` must give that type. Exits with 1 otherwise.
"""
import pathlib, sys, warnings

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

TOLERANCE = 2e-6


def open_folder(auto, folder):
    model, report = auto.from_pretrained(folder, dtype="auto", output_loading_info=True)
    for key in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report.get(key):
            raise SystemExit(f"{folder}: {key} {report[key]}")
    return model


def main():
    written, fixtures, *dtypes = sys.argv[1:]
    written, fixtures = pathlib.Path(written), pathlib.Path(fixtures)
    for folder in sorted((written / "float32").iterdir()):
        name = folder.name
        auto = AutoModelForSequenceClassification if name.endswith("-score") else AutoModelForCausalLM
        base = auto.from_pretrained(fixtures / "models" / name, dtype=torch.float32)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = PeftModel.from_pretrained(base, fixtures / "adapters" / name)
        tied = base.config.tie_word_embeddings
        head = base.get_input_embeddings().weight.detach().clone()
        peft = model.merge_and_unload().state_dict()
        if tied and not torch.equal(peft["lm_head.weight"], head) and not name.endswith("-score"):
            # The output shares the embedding's storage and gets its addition, which it does not have before the merge.
            peft["lm_head.weight"] = head
        ours = open_folder(auto, folder).state_dict()
        if set(ours) != set(peft):
            raise SystemExit(f"{name}: {set(ours) ^ set(peft)}")
        worst = max((ours[k] - peft[k]).abs().max().item() / (1 + peft[k].abs().max().item()) for k in peft)
        print(f"{name}: largest relative difference from PEFT {worst:.1e}")
        if worst > TOLERANCE:
            raise SystemExit(f"{name}: {worst}")
        for dtype in map(lambda one: getattr(torch, one), dtypes):
            stored = open_folder(auto, written / str(dtype).removeprefix("torch.") / name)
            if stored.dtype != dtype:
                raise SystemExit(f"{name}: {stored.dtype} instead of {dtype}")
            for key, value in stored.state_dict().items():
                if not torch.equal(value, ours[key].to(dtype)):
                    raise SystemExit(f"{name}: {key} is not the rounded weight as {dtype}")


main()
