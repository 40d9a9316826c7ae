"""Makes defaults.json: how transformers reads config.json files that leave settings out or have their older spelling.

    pip install torch transformers
    python tests/golden/make_defaults.py     (transformers 5.24; writes the file beside this one)

Each case is a pair: a file as published, and the complete settings that transformers makes of it.
"""
import json, pathlib

from transformers import CONFIG_MAPPING

BARE = dict(vocab_size=64, hidden_size=64, num_hidden_layers=6, num_attention_heads=8, intermediate_size=48)
GPT2 = dict(vocab_size=64, n_embd=64, n_layer=2, n_head=4, n_positions=32)
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=512)
LONG = dict(short_factor=[1.0, 1.5, 2.0, 2.5], long_factor=[2.0, 3.0, 4.0, 5.0])
CASES = [
    dict(GPT2, model_type="gpt2"),
    *(dict(BARE, model_type=kind, **({} if kind == "gpt_neox" else dict(num_key_value_heads=4)))
      for kind in ("gpt_neox", "llama", "mistral", "qwen2", "qwen3", "smollm3", "granite", "olmo2", "olmo3", "gemma3_text", "phi3",
                   "ministral", "ministral3")),
    dict(BARE, model_type="mistral"),
    dict(BARE, model_type="smollm3", no_rope_layer_interval=2, rope_theta=5000.0, num_key_value_heads=None),
    dict(BARE, model_type="smollm3", use_sliding_window=True, sliding_window=16),
    dict(BARE, model_type="olmo2", rope_theta=5000.0, num_key_value_heads=None),
    dict(BARE, model_type="olmo3", rope_theta=5000.0, rope_scaling=YARN),
    dict(BARE, model_type="olmo3", sliding_window=None),
    dict(BARE, model_type="gemma3_text", rope_theta=5000.0, rope_local_base_freq=70.0, rope_scaling=dict(rope_type="linear", factor=8.0)),
    dict(BARE, model_type="gemma3_text", sliding_window_pattern=2, head_dim=16),
    dict(BARE, model_type="phi3", rope_theta=5000.0, max_position_embeddings=2048, original_max_position_embeddings=512,
         rope_scaling=dict(LONG, type="longrope")),
    dict(BARE, model_type="phi3", partial_rotary_factor=0.5, rope_theta=5000.0, max_position_embeddings=2048,
         original_max_position_embeddings=512, rope_scaling=dict(type="longrope", short_factor=[1.0, 3.0], long_factor=[2.0, 4.0])),
    dict(BARE, model_type="ministral", rope_theta=5000.0, layer_types=["full_attention", "sliding_attention"] * 3),
    dict(BARE, model_type="granite", rope_theta=5000.0, attention_multiplier=0.5, num_key_value_heads=None),
]


def main():
    made = []
    for case in CASES:
        given = json.loads(json.dumps(case))
        full = CONFIG_MAPPING[given.pop("model_type")](**given).to_dict()
        made.append(dict(given=case, full=full))
    lines = ",\n".join(json.dumps(pair) for pair in made)
    (pathlib.Path(__file__).parent / "defaults.json").write_text("[\n" + lines + "\n]\n")


main()
