"""Scores conversations with transformers: tests/fixtures/jobs/chat, with a tokenizer of words and its chat template.

    pip install torch transformers tokenizers safetensors
    python tests/golden/make_chat_scores.py

The models are those of tests/fixtures/models. `scores.json`: conversations, the ids of the chat template, log-probs of
the ids after the first, and rewards read at the token that ends the last answer, as the fixture's cards describe it.
"""
import json, pathlib

import torch
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, PreTrainedTokenizerFast

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
FOLDER = FIXTURES / "jobs" / "chat"
TEMPLATE = (
    "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content + '<|end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
SPECIALS = ["<|endoftext|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
WORDS = ["\n", "where", "is", "my", "order", "?", "on", "its", "way", ".", "be", "kind", "thanks", "[UNK]"]
CONVERSATIONS = [
    [{"role": "user", "content": "where is my order ?"}, {"role": "assistant", "content": "on its way ."}],
    [
        {"role": "system", "content": "be kind ."},
        {"role": "user", "content": "where is my order ?"},
        {"role": "assistant", "content": "on its way ."},
        {"role": "user", "content": "thanks"},
        {"role": "assistant", "content": "kind ?"},
    ],
]


def make_tokenizer():
    vocabulary = {word: index for index, word in enumerate(SPECIALS + WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", behavior="removed")
    tokenizer.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in SPECIALS])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|endoftext|>")
    fast.chat_template = TEMPLATE
    fast.save_pretrained(FOLDER)
    return fast


@torch.no_grad()
def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    tokenizer = make_tokenizer()
    policy = AutoModelForCausalLM.from_pretrained(FIXTURES / "models" / "llama-grouped", dtype=torch.float32).eval()
    scorer = AutoModelForSequenceClassification.from_pretrained(
        FIXTURES / "models" / "llama-score", num_labels=1, dtype=torch.float32
    ).eval()
    cases = []
    for messages in CONVERSATIONS:
        ids = tokenizer.apply_chat_template(messages, tokenize=True, return_dict=True)["input_ids"]
        logprobs = policy(torch.tensor([ids])).logits[0].log_softmax(-1)
        chosen = [logprobs[at, token].item() for at, token in enumerate(ids[1:])]
        end = len(ids) - ids[::-1].index(tokenizer.eos_token_id)
        reward = scorer(torch.tensor([ids[:end]])).logits[0, 0].item()
        cases.append({"messages": messages, "ids": ids, "logprobs": chosen, "reward": reward})
    (FOLDER / "scores.json").write_text(json.dumps(cases, indent=1) + "\n")


main()
