"""What text becomes: ids of prompts, replies and conversations by Hugging Face tokenizers, as docs/datasets.md has them."""
import json

from transformers import AutoTokenizer


class Text:
    def __init__(self, folder):
        self.tok = AutoTokenizer.from_pretrained(folder)
        self.eos, self.pad = self.tok.eos_token_id, self.tok.pad_token_id

    def encode(self, text):
        return self.tok(text, add_special_tokens=False).input_ids

    def decode(self, ids):
        return self.tok.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def reply(self, prompt, text):
        """Ids of a reply behind a prompt, ended by EOS; where both merge across the seam, the seam is kept."""
        head, joint = self.encode(prompt), self.encode(prompt + text)
        return (joint[len(head):] if joint[:len(head)] == head else self.encode(text)) + [self.eos]

    def prompt_and_reply(self, prompt, text, max_length, side):
        """Ids and whether each is of the reply. `left` takes the prompt's beginning first, `right` the end of the row."""
        head, tail = self.encode(prompt), self.reply(prompt, text)
        return fit(head, tail, max(0, len(head) + len(tail) - max_length) if side == "left" else 0, max_length)

    def comparison(self, prompt, chosen, rejected, max_length, side):
        """Both rows lose the same ids of their prompt."""
        head, good, bad = self.encode(prompt), self.reply(prompt, chosen), self.reply(prompt, rejected)
        over = max(0, len(head) + max(len(good), len(bad)) - max_length) if side == "left" else 0
        return fit(head, good, over, max_length), fit(head, bad, over, max_length)

    def conversation(self, messages, max_length, side):
        made = self.tok.apply_chat_template(messages, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
        rows = list(zip(made["input_ids"], map(bool, made["assistant_masks"])))
        return rows[-max_length:] if side == "left" else rows[:max_length]


def fit(head, tail, cut, max_length):
    head = head[min(cut, len(head) - 1):] if cut else head
    return ([(i, False) for i in head] + [(i, True) for i in tail])[:max_length]


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]
