"""Opens folders that Keel exported in another type of weights in transformers, and compares the bits with PyTorch's.

    pip install torch transformers safetensors
    python tests/golden/check_dtypes.py KIND SOURCE FOLDER DTYPE

KIND is policy, critic or reward_model. `from_pretrained(dtype="auto")` must give DTYPE, and every tensor of FOLDER must be that of
SOURCE after `.to(DTYPE)`, bit by bit. Exits with 1 otherwise.
"""
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification

AUTO = {"policy": AutoModelForCausalLM, "critic": AutoModel, "reward_model": AutoModelForSequenceClassification}


def main():
    kind, source, folder, name = sys.argv[1:]
    dtype = getattr(torch, name)
    model, report = AUTO[kind].from_pretrained(folder, dtype="auto", output_loading_info=True)
    if report["missing_keys"] or report["mismatched_keys"] or model.dtype != dtype:
        raise SystemExit(f"{folder}: {model.dtype}, {report}")
    before, after = load_file(f"{source}/model.safetensors"), load_file(f"{folder}/model.safetensors")
    if set(before) != set(after):
        raise SystemExit(f"{folder}: {set(before) ^ set(after)}")
    for key, value in before.items():
        if after[key].dtype != dtype or not torch.equal(after[key], value.to(dtype)):
            raise SystemExit(f"{folder}: {key} differs")
    for key, value in model.state_dict().items():
        if key in after and not torch.equal(value, after[key]):
            raise SystemExit(f"{folder}: {key} was loaded as something else")
    print(f"{kind} as {name}: {len(after)} tensors equal to PyTorch's")


main()
