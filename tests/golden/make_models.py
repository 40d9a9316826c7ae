"""Makes the tiny models of tests/fixtures/models and what transformers computes with them.

    pip install torch transformers safetensors
    python tests/golden/make_models.py tests/fixtures/models [NAME ...]

Each folder is as save_pretrained writes it. Beside it stands golden.json: a left-padded batch, the logits of its real
tokens (golden.safetensors, `logits`), greedy continuations, and for reward models the scores. Deterministic by seed.
"""
import json, pathlib, shutil, sys

import torch
from safetensors.torch import save_file
from transformers import (AutoModelForCausalLM, AutoModelForSequenceClassification, Gemma3TextConfig, GPT2Config,
                          GPTNeoXConfig, GraniteConfig, LlamaConfig, Ministral3Config, MinistralConfig, MistralConfig,
                          Olmo2Config, Olmo3Config, Phi3Config, Qwen2Config, Qwen3Config, SmolLM3Config)

VOCAB, BATCH, LENGTH, NEW = 199, 3, 12, 64
TOKENS = dict(vocab_size=VOCAB, bos_token_id=1, eos_token_id=2, pad_token_id=0)
NEOX = dict(TOKENS, hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, max_position_embeddings=128)
LLAMA = dict(TOKENS, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=56,
             max_position_embeddings=128)
GPT2 = dict(TOKENS, n_embd=32, n_layer=2, n_head=4, n_positions=128)
LLAMA3 = dict(rope_type="llama3", rope_theta=500.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=32)

# Small shapes of four layers or three, so that layers of different kinds alternate.
DEEP = dict(LLAMA, hidden_size=24, num_hidden_layers=4, head_dim=8, num_attention_heads=4, intermediate_size=40)
FLAT = dict(LLAMA, num_hidden_layers=4, intermediate_size=40)
SLIDING = ["sliding_attention", "full_attention", "sliding_attention", "full_attention"]
YARN = dict(rope_type="yarn", rope_theta=500.0, factor=4.0, beta_fast=8.0, original_max_position_embeddings=32)
PLAIN = dict(rope_type="default", rope_theta=500.0)
LONG = dict(rope_type="longrope", rope_theta=500.0, partial_rotary_factor=0.75, short_factor=[1.0, 1.25, 2.0],
            long_factor=[2.0, 3.0, 5.0])
FACTORS = dict(embedding_multiplier=6.0, attention_multiplier=0.3, residual_multiplier=0.4, logits_scaling=1.7)
GEMMA = dict(DEEP, query_pre_attn_scalar=20, sliding_window=7)

MODELS = {
    "gpt2-tied": GPT2Config(**GPT2),
    "gpt2-untied": GPT2Config(**GPT2, tie_word_embeddings=False, scale_attn_by_inverse_layer_idx=True),
    "gpt-neox": GPTNeoXConfig(**NEOX),
    "gpt-neox-serial": GPTNeoXConfig(**NEOX, use_parallel_residual=False, tie_word_embeddings=True, hidden_act="gelu_new",
                                     attention_bias=False,
                                     rope_parameters=dict(rope_type="linear", factor=2.0, rope_theta=1000.0, partial_rotary_factor=0.5)),
    "llama-grouped": LlamaConfig(**LLAMA),
    "llama-tied-llama3": LlamaConfig(**LLAMA, tie_word_embeddings=True, rope_parameters=LLAMA3, attention_bias=True, mlp_bias=True),
    "llama-yarn": LlamaConfig(**LLAMA, rope_parameters=dict(rope_type="yarn", rope_theta=500.0, factor=4.0, beta_fast=8.0,
                                                            original_max_position_embeddings=32)),
    "mistral": MistralConfig(**LLAMA, sliding_window=None, head_dim=16),
    "mistral-window": MistralConfig(**LLAMA, sliding_window=9),
    "qwen2": Qwen2Config(**LLAMA, tie_word_embeddings=True),
    "qwen2-window": Qwen2Config(**LLAMA, use_sliding_window=True, sliding_window=7, max_window_layers=1),
    "qwen3": Qwen3Config(**LLAMA, head_dim=16),
    "llama-sharded": LlamaConfig(**LLAMA),
    "llama-bf16": LlamaConfig(**LLAMA),
    "gpt2-f16": GPT2Config(**GPT2),
    "smollm3": SmolLM3Config(**FLAT, rope_parameters=PLAIN),
    "smollm3-window-sharded-bf16": SmolLM3Config(**FLAT, no_rope_layers=[1, 0, 0, 1], use_sliding_window=True, sliding_window=6,
                                                 tie_word_embeddings=False, attention_bias=True),
    "granite": GraniteConfig(**FLAT, **FACTORS),
    "granite-tied-sharded-bf16": GraniteConfig(**FLAT, **FACTORS, tie_word_embeddings=True, attention_bias=True, mlp_bias=True),
    "olmo2": Olmo2Config(**FLAT, rope_parameters=PLAIN),
    "olmo2-tied-sharded-bf16": Olmo2Config(**FLAT, tie_word_embeddings=True, attention_bias=True),
    "olmo3": Olmo3Config(**FLAT, sliding_window=6),
    "olmo3-yarn-sharded-bf16": Olmo3Config(**FLAT, sliding_window=6, layer_types=SLIDING,
                                           rope_parameters=dict(full_attention=YARN, sliding_attention=PLAIN)),
    "gemma3": Gemma3TextConfig(**GEMMA, layer_types=SLIDING),
    "gemma3-untied-sharded-bf16": Gemma3TextConfig(**GEMMA, sliding_window_pattern=3, tie_word_embeddings=False,
                                                   attention_bias=True, rope_parameters=dict(
        full_attention=dict(PLAIN, rope_type="linear", factor=8.0), sliding_attention=dict(PLAIN, rope_theta=50.0))),
    "phi3": Phi3Config(**FLAT, sliding_window=9),
    "phi3-long-sharded-bf16": Phi3Config(**FLAT, rope_parameters=LONG, original_max_position_embeddings=96,
                                         tie_word_embeddings=True),
    "ministral": MinistralConfig(**DEEP, sliding_window=5, layer_types=SLIDING),
    "ministral-sharded-bf16": MinistralConfig(**DEEP, sliding_window=9, tie_word_embeddings=True),
    "ministral3": Ministral3Config(**DEEP, rope_parameters=dict(
        YARN, original_max_position_embeddings=11, mscale=1.0, mscale_all_dim=1.0, llama_4_scaling_beta=0.3)),
    "ministral3-sharded-bf16": Ministral3Config(**DEEP, sliding_window=8, rope_parameters=dict(
        YARN, original_max_position_embeddings=5, llama_4_scaling_beta=0.2)),
    "olmo2-score": Olmo2Config(**FLAT, num_labels=1),
    "gemma3-score": Gemma3TextConfig(**GEMMA, layer_types=SLIDING, num_labels=1),
    "phi3-score": Phi3Config(**FLAT, num_labels=1),
    "llama-score": LlamaConfig(**LLAMA, num_labels=1),
    "gpt2-score": GPT2Config(**GPT2, num_labels=1),
    "gpt-neox-score": GPTNeoXConfig(**NEOX, num_labels=1),
}


def widen(model):
    """Weights far from their start, so that no part of the network is close to nothing: norms and biases too."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.add_(torch.randn_like(p) * (0.1 if p.dim() == 1 else 0.12))


def batch():
    ids = torch.randint(3, VOCAB, (BATCH, LENGTH))
    attention = torch.ones_like(ids)
    for row, padding in enumerate((0, 3, 7)):
        ids[row, :padding], attention[row, :padding] = 0, 0
    return ids, attention, (attention.cumsum(-1) - 1).clamp(min=0)


def greedy(model, ids, attention, positions):
    """Argmax decoding by whole forwards, without a cache; also the smallest gap between the best two logits."""
    new, gap = [], float("inf")
    for _ in range(NEW):
        best = model(ids, attention_mask=attention, position_ids=positions).logits[:, -1].topk(2)
        gap = min(gap, (best.values[:, 0] - best.values[:, 1]).min().item())
        token = best.indices[:, :1]
        new.append(token)
        ids, attention = torch.cat([ids, token], 1), torch.cat([attention, torch.ones_like(token)], 1)
        positions = torch.cat([positions, positions[:, -1:] + 1], 1)
    return torch.cat(new, 1), gap


def make(name, config, folder):
    torch.manual_seed(sum(map(ord, name)))
    scored = name.endswith("-score")
    auto = AutoModelForSequenceClassification if scored else AutoModelForCausalLM
    model = auto.from_config(config, attn_implementation="eager").eval()
    widen(model)
    dtype = dict(bf16=torch.bfloat16, f16=torch.float16).get(name.split("-")[-1])
    if dtype:
        model = model.to(dtype)
    model.save_pretrained(folder, max_shard_size="20KB" if "sharded" in name else "5GB")
    # Float32 arithmetic on the stored values, whatever their precision in the file.
    model = auto.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    with torch.no_grad():
        ids, attention, positions = batch()
        # Another batch where two tokens are so close that rounding could decide between them.
        while not scored and greedy(model, ids, attention, positions)[1] < 1e-3:
            ids, attention, positions = batch()
        golden = dict(ids=ids.tolist(), attention_mask=attention.tolist())
        if scored:
            golden["scores"] = model(ids, attention_mask=attention, position_ids=positions).logits[:, 0].tolist()
        else:
            logits = model(ids, attention_mask=attention, position_ids=positions).logits
            save_file({"logits": logits[attention.bool()].contiguous()}, folder / "golden.safetensors")
            new, golden["gap"] = greedy(model, ids, attention, positions)
            golden["greedy"] = new.tolist()
    (folder / "golden.json").write_text(json.dumps(golden))
    print(name, sum(p.numel() for p in model.parameters()), golden.get("gap"))


def main():
    target = pathlib.Path(sys.argv[1])
    for name, config in MODELS.items():
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        shutil.rmtree(target / name, ignore_errors=True)
        (target / name).mkdir(parents=True)
        make(name, config, target / name)


main()
