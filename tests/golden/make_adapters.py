"""Makes tests/fixtures/adapters: LoRA adapters saved by PEFT for the random models of tests/fixtures/models, with what PEFT computes.

    pip install torch transformers peft safetensors
    python tests/golden/make_adapters.py

Each folder is an adapter as PEFT saves it, whose base is ../../models/<name>, and golden.safetensors: the logits at real tokens and
the gradient of the mean log-prob of the next tokens with respect to every factor.
"""
import json
import pathlib

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
CASES = {
    "gpt2-tied": dict(r=3, lora_alpha=6, target_modules="all-linear"),
    "gpt2-untied": dict(r=2, lora_alpha=4, target_modules=["c_attn", "wte"], use_rslora=True),
    "gpt-neox": dict(r=3, lora_alpha=8, target_modules="all-linear"),
    "gpt-neox-serial": dict(r=2, lora_alpha=2, target_modules=["query_key_value", "embed_out"]),
    "llama-grouped": dict(r=4, lora_alpha=8, target_modules="all-linear", rank_pattern={"q_proj": 2, "layers.1.mlp.down_proj": 5},
                          alpha_pattern={"k_proj": 16}),
    "llama-tied-llama3": dict(r=2, lora_alpha=4, target_modules=["embed_tokens", "o_proj"]),
    "mistral": dict(r=3, lora_alpha=6, target_modules=["q_proj", "v_proj"], use_rslora=True),
    "qwen2": dict(r=3, lora_alpha=6, target_modules="all-linear"),
    "qwen3": dict(r=3, lora_alpha=6, target_modules="all-linear"),
    "smollm3": dict(r=2, lora_alpha=4, target_modules="all-linear"),
    "granite": dict(r=2, lora_alpha=4, target_modules=["embed_tokens", "q_proj", "down_proj"]),
    "olmo2": dict(r=2, lora_alpha=4, target_modules="all-linear"),
    "olmo3": dict(r=2, lora_alpha=4, target_modules="all-linear"),
    "gemma3": dict(r=2, lora_alpha=4, target_modules=["embed_tokens", "k_proj", "gate_proj"]),
    "phi3": dict(r=2, lora_alpha=4, target_modules="all-linear"),
    "ministral": dict(r=2, lora_alpha=4, target_modules="all-linear"),
    "ministral3": dict(r=2, lora_alpha=4, target_modules="all-linear"),
}
HEADS = {"llama-score": dict(r=3, lora_alpha=6, target_modules="all-linear"),
         "gpt2-score": dict(r=3, lora_alpha=6, target_modules="all-linear")}


def spread(model):
    """B is zero at the start; give every factor something to say."""
    with torch.no_grad():
        for name, p in sorted(model.named_parameters()):
            if "lora_" in name:
                p.normal_(0, 0.3)


def finish(model, folder, base, golden, **more):
    model.peft_config["default"].base_model_name_or_path = f"../../models/{base}"
    model.save_pretrained(folder)
    for extra in folder.glob("README.md"):
        extra.unlink()
    save_file({k: v.detach().contiguous() for k, v in golden.items()}, folder / "golden.safetensors")
    (folder / "golden.json").write_text(json.dumps(more))


def main():
    for index, (name, settings) in enumerate(CASES.items()):
        torch.manual_seed(index)
        known = json.loads((FIXTURES / "models" / name / "golden.json").read_text())
        ids, mask = torch.tensor(known["ids"]), torch.tensor(known["attention_mask"])
        base = AutoModelForCausalLM.from_pretrained(FIXTURES / "models" / name, dtype=torch.float32)
        model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", **settings))
        spread(model)
        model.eval()
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        logits = model(input_ids=ids, attention_mask=mask, position_ids=positions).logits
        taken = torch.log_softmax(logits[:, :-1], -1).gather(-1, ids[:, 1:, None]).squeeze(-1)
        real = (mask[:, 1:] * mask[:, :-1]).float()
        loss = (taken * real).sum() / real.sum()
        loss.backward()
        gradients = {n.replace("base_model.model.", "grad.").replace(".default", ""): p.grad
                     for n, p in model.named_parameters() if "lora_" in n}
        folder = FIXTURES / "adapters" / name
        finish(model, folder, name, {"logits": logits[mask.bool()], **gradients}, loss=loss.item())
    for index, (name, settings) in enumerate(HEADS.items()):
        torch.manual_seed(100 + index)
        known = json.loads((FIXTURES / "models" / name / "golden.json").read_text())
        ids, mask = torch.tensor(known["ids"]), torch.tensor(known["attention_mask"])
        base = AutoModelForSequenceClassification.from_pretrained(FIXTURES / "models" / name, dtype=torch.float32)
        model = get_peft_model(base, LoraConfig(task_type="SEQ_CLS", modules_to_save=["score"], **settings))
        spread(model)
        with torch.no_grad():
            for n, p in model.named_parameters():
                if "score.modules_to_save" in n:
                    p.normal_(0, 0.5)
        model.eval()
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        scores = model(input_ids=ids, attention_mask=mask, position_ids=positions).logits[:, 0]
        finish(model, FIXTURES / "adapters" / name, name, {"scores": scores}, ids=known["ids"], attention_mask=known["attention_mask"])


main()
