"""Makes rotary.json: inverse frequencies and attention factors of transformers' ROPE_INIT_FUNCTIONS.

    python tests/golden/make_rotary.py     (transformers 5.24; writes the file beside this one)
"""
import json, pathlib

from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=4096)
LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=8192)
CASES = [
    dict(head_dim=128, rope_parameters=dict(YARN, rope_theta=1000000.0)),
    dict(head_dim=64, rope_parameters=dict(YARN, rope_theta=10000.0, beta_fast=16.0, beta_slow=2.0)),
    dict(head_dim=64, rope_parameters=dict(YARN, rope_theta=10000.0, factor=40.0, mscale=1.0, mscale_all_dim=0.707)),
    dict(head_dim=96, rope_parameters=dict(YARN, rope_theta=500000.0, attention_factor=1.25)),
    dict(head_dim=64, rope_parameters=dict(YARN, rope_theta=150000.0, factor=32.0, truncate=False)),
    dict(head_dim=16, rope_parameters=dict(YARN, rope_theta=100.0, factor=0.5, original_max_position_embeddings=16)),
    dict(head_dim=8, rope_parameters=dict(YARN, rope_theta=10000.0, beta_fast=1.0, beta_slow=1.0)),
    dict(head_dim=128, rope_parameters=dict(LLAMA3, rope_theta=500000.0)),
]


def main():
    made = []
    for case in CASES:
        config = LlamaConfig(hidden_size=4 * case["head_dim"], num_attention_heads=4, num_hidden_layers=1, intermediate_size=8,
                             vocab_size=9, max_position_embeddings=131072, **json.loads(json.dumps(case)))
        frequencies, factor = ROPE_INIT_FUNCTIONS[case["rope_parameters"]["rope_type"]](config, "cpu")
        made.append(dict(case, frequencies=frequencies.tolist(), factor=factor))
    (pathlib.Path(__file__).parent / "rotary.json").write_text(json.dumps(made, indent=1) + "\n")


main()
