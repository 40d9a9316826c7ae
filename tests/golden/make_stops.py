"""Makes tests/fixtures/stop-tokens: where greedy generation of transformers ends, by stop tokens and by stop strings.

    pip install torch transformers tokenizers
    python tests/golden/make_stops.py

Each case is a copy of tests/fixtures/models/llama-grouped with other values of eos_token_id in config.json and
generation_config.json (absent: the file does not exist, as transformers then takes the config's). Prompts are ids; the
ids of `new` include the stop token. For stop strings, the folder `tokenizer` has a word per id, whose texts are joined
without blanks; some ids that the model produces early are special tokens. `text` is the decoded text before the stop
string, special tokens removed. Written with transformers 5.24.0, tokenizers 0.23.1 and torch 2.15.0.
"""
import json, pathlib, shutil, tempfile

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

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


def write_tokenizer(folder, specials):
    """Word `w7` has the id 7; an id of `specials` is a special token of that spelling instead."""
    names = {0: "<pad>", 1: "<s>", 2: "</s>", **specials}
    # transformers' stop strings need the text "abcdef" in the vocabulary.
    words = [names.get(index, f"w{index}") for index in range(198)] + ["abcdef"]
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="w3"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in names.values()])
    shutil.rmtree(folder, ignore_errors=True)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>", pad_token="<pad>").save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder), names.values()


def text_before(tokenizer, specials, ids, stop_strings):
    """The text up to the first stop string, without specials and without white space at its end."""
    text = tokenizer.decode(ids, skip_special_tokens=False)
    places = [text.index(stop) for stop in stop_strings if stop in text]
    text = text[: min(places)] if places else text
    for special in specials:
        text = text.replace(special, "")
    # A special token in which the stop string begins is no text either.
    opened = text.rfind("<")
    return text if opened < 0 else text[:opened]


def stop_strings(tokenizer, specials, cases):
    model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32).eval()
    made = []
    for name, stops in cases.items():
        rows = []
        for prompt in PROMPTS:
            ids = torch.tensor([prompt])
            new = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=NEW,
                                 stop_strings=stops, tokenizer=tokenizer)[0, len(prompt):].tolist()
            rows.append(dict(ids=new, text=text_before(tokenizer, specials, new, stops)))
        made.append(dict(name=name, stop=stops, new=rows))
    return made


def main():
    free = generate(2, {"eos_token_id": 2, "pad_token_id": 0})
    # Ids that the model produces early, each in another row, and that no prompt contains.
    first, second, third = free[0][4], free[1][5], free[2][8]
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
    tokenizer, specials = write_tokenizer(target.parent / "tokenizer", {first: "<|mark|>", second: "<|end|>"})
    other = free[2][4]
    strings = stop_strings(tokenizer, specials, {
        "a special token": ["<|end|>"],
        "part of a special token": ["|end"],
        "a special token and the word before it": [f"w{free[1][4]}<|end|>"],
        "a special token and the word after it": [f"<|mark|>w{free[0][5]}"],
        "a word after a special token": [f"w{free[0][6]}"],
        "words whose texts join": [f"{str(other)[-1]}w{free[2][5]}"],
        "two, of which the earlier counts": [f"w{free[1][7]}", "<|end|>", "<|mark|>"],
        "one that never occurs": ["w12w12w12"],
    })
    target.write_text(json.dumps(dict(prompts=PROMPTS, max_new_tokens=NEW, cases=made, stop_strings=strings)) + "\n")
    for case in strings:
        print(case["name"], case["stop"], [(len(row["ids"]), row["text"]) for row in case["new"]])
    for case in made:
        print(case["name"], [(len(row), row[-1]) for row in case["new"]])


main()
