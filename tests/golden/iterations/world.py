"""The tiny models, tokenizers and data of the golden iterations, as the folders and files that Keel is given.

Models come from transformers and tokenizers from Hugging Face `tokenizers`. Weights are committed, so no machine has to
draw them again.
"""
import json
import pathlib

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, GPTNeoXConfig, LlamaConfig

SPECIALS = ["<|endoftext|>", "<|pad|>", "<|user|>", "<|assistant|>"]
EOS, PAD = 0, 1
WIDTH, CONTEXT = 16, 64
# Seeds whose models answer the first prompts in replies of several lengths, with a clear lead of each token.
NEOX_SEED, LLAMA_SEED, SEED = 228, 1, 15

CHAT = """{%- for message in messages %}
    {%- if message['role'] == 'assistant' %}
        {{- '<|assistant|>' -}}
        {% generation %}
        {{- message['content'] + '<|endoftext|>' -}}
        {% endgeneration %}
    {%- else %}
        {{- '<|user|>' + message['content'] }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|assistant|>' }}
{%- endif %}"""

# Words over eight letters. No prompt nearly repeats another, so nothing is removed as a near-duplicate.
PROMPTS = ["bad cab:", "a fed bag ached", "hag", "dead beef had a cage:", "chafe each beach", "cede a facade",
           "bed", "he had a gab"]
HELD_OUT = ["egg head:", "a bee faded", "deaf hedge cafe ebb"]
REPLIES = ["a bad egg", " cage", "fed a bee. each had", " he", "beach bag", "deaf. dead", " ace a cab", "hedge"]
OTHER_REPLIES = [" ebb", "bad. faded hag", "a", "gab gab gab", " bed", "beef", "had each", " a cafe. head"]


def tokenizer(vocab_size):
    """A byte-level BPE over the letters that occur: so few ids that a greedy reply ends by itself now and then."""
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer, tok.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, special_tokens=SPECIALS, show_progress=False)
    tok.train_from_iterator(PROMPTS + HELD_OUT + REPLIES + OTHER_REPLIES, trainer)
    return tok


def save_tokenizer(tok, folder):
    compact = json.dumps(json.loads(tok.to_str()), ensure_ascii=False, separators=(",", ":"))
    (folder / "tokenizer.json").write_text(compact + "\n", encoding="utf8")
    config = dict(tokenizer_class="PreTrainedTokenizerFast", eos_token=SPECIALS[EOS], pad_token=SPECIALS[PAD],
                  chat_template=CHAT)
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")


def widen(model, seed):
    """Weights far from 0, so that every part of the network counts and replies differ."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in sorted(model.named_parameters()):
            wide = 0.1 if p.dim() == 1 else 0.35
            p.add_(torch.randn(p.shape, generator=generator) * wide)
        head = model.get_output_embeddings() if hasattr(model, "lm_head") or hasattr(model, "embed_out") else None
        if head is not None:
            # A reply often ends by itself, at some length, and holds no other special token.
            head.weight[EOS] *= 1.8
            head.weight[PAD:len(SPECIALS)] *= 0.3


def save_model(folder, config, tok, seed, auto=AutoModelForCausalLM, near=None, distance=0.0):
    """A new model; with `near` that one's weights moved by `distance`."""
    torch.manual_seed(seed)
    model = auto.from_config(config, attn_implementation="eager").eval()
    if near is None:
        widen(model, seed)
    else:
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for (name, p), (_, other) in zip(model.named_parameters(), near.named_parameters()):
                p.copy_(other + torch.randn(p.shape, generator=generator) * distance)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    save_tokenizer(tok, folder)
    return model


def write_lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def make_world(root: pathlib.Path):
    tok, other = tokenizer(40), tokenizer(32)
    ids = dict(bos_token_id=EOS, eos_token_id=EOS, pad_token_id=PAD)
    neox = GPTNeoXConfig(hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
                         max_position_embeddings=CONTEXT, vocab_size=tok.get_vocab_size(),
                         rope_parameters=dict(rope_type="default", rope_theta=100.0, partial_rotary_factor=0.5), **ids)
    llama = LlamaConfig(hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
                        intermediate_size=32, max_position_embeddings=CONTEXT, vocab_size=tok.get_vocab_size(),
                        tie_word_embeddings=True, rope_parameters=dict(rope_type="default", rope_theta=100.0), **ids)
    scored = GPTNeoXConfig(**{**neox.to_dict(), "vocab_size": other.get_vocab_size(), "num_labels": 1, "architectures": None})
    policy = save_model(root / "models/neox", neox, tok, NEOX_SEED)
    save_model(root / "models/neox-moved", neox, tok, SEED + 1, near=policy, distance=0.05)
    tied = save_model(root / "models/llama", llama, tok, LLAMA_SEED)
    save_model(root / "models/llama-moved", llama, tok, SEED + 3, near=tied, distance=0.05)
    save_model(root / "models/llama-reward", LlamaConfig(**{**llama.to_dict(), "num_labels": 1, "architectures": None}), tok,
               SEED + 5, auto=AutoModelForSequenceClassification)
    save_model(root / "models/reward", scored, other, SEED + 4, auto=AutoModelForSequenceClassification)
    data = root / "data"
    write_lines(data / "prompts.jsonl", [dict(question=p) for p in PROMPTS])
    write_lines(data / "held-out.jsonl", [dict(question=p) for p in HELD_OUT])
    rows = list(zip(PROMPTS, REPLIES, OTHER_REPLIES))
    held = list(zip(HELD_OUT, OTHER_REPLIES, REPLIES))
    for name, some in (("", rows), ("held-out-", held)):
        write_lines(data / f"{name}completions.jsonl", [dict(question=p, answer=c) for p, c, _ in some])
        write_lines(data / f"{name}pairs.jsonl", [dict(prompt=p, chosen=c, rejected=r) for p, c, r in some])
        write_lines(data / f"{name}talks.jsonl", [dict(messages=[
            dict(role="user", content=p), dict(role="assistant", content=c),
            dict(role="user", content=r), dict(role="assistant", content=p)]) for p, c, r in some])
