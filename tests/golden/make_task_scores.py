"""Makes tests/fixtures/benchmarks: two tasks with their data, and what lm-evaluation-harness scores on them.

    pip install torch transformers lm_eval==0.4.13
    python tests/golden/make_task_scores.py

The models are those of tests/fixtures/golden-iterations, which know the letters a to h. `expected.json`: by model and task,
the metrics with their standard errors and, for each question, the log-probs of its choices or the text that was generated.
Half of the right answers of the second task are what the first model generates, in other cases and with punctuation.
"""
import json, os, pathlib, random

import lm_eval
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
FOLDER = FIXTURES / "benchmarks"
MODELS = ["neox", "llama"]
WORDS = ["bad", "cab", "each", "had", "he", "bee", "gab", "face", "dab", "cafe", "a", "egg"]

CHOICES = """task: letters
dataset_path: json
dataset_kwargs:
  data_files:
    test: letters.jsonl
test_split: test
output_type: multiple_choice
description: "a bad bee: "
doc_to_text: "{{question}}{{tail}}"
doc_to_choice: options
doc_to_target: "{{answer}}"
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
  - metric: acc_norm
    aggregation: mean
    higher_is_better: true
metadata:
  version: 1.0
"""
ANSWERS = """task: replies
dataset_path: json
dataset_kwargs:
  data_files:
    validation: replies.jsonl
validation_split: validation
output_type: generate_until
doc_to_text: question
doc_to_target: "{{answer}}"
generation_kwargs:
  until: ["g", " e"]
  max_gen_toks: 9
  do_sample: false
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
    ignore_case: true
    ignore_punctuation: true
metadata:
  version: 1.0
"""


def write_rows(name, rows):
    (FOLDER / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def question(rng, least, most):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(least, most)))


def choice_rows(rng):
    """Choices of different lengths; contexts with and without a space at the end; one that the models cannot read whole."""
    for index in range(24):
        options = [question(rng, 1, 3) for _ in range(rng.choice([2, 3, 4]))]
        yield dict(question=question(rng, 40, 40) if index == 5 else question(rng, 1, 6), tail=rng.choice(["", ":", " ", ".  "]),
                   options=options, answer=rng.randrange(len(options)))


def evaluate(model, task):
    lm = HFLM(pretrained=str(FIXTURES / "golden-iterations" / "models" / model), dtype="float32", device="cpu", batch_size=1)
    manager = TaskManager(include_path=str(FOLDER), include_defaults=False)
    found = lm_eval.simple_evaluate(model=lm, tasks=[task], task_manager=manager, log_samples=True, bootstrap_iters=100)
    samples = sorted(found["samples"][task], key=lambda sample: sample["doc_id"])
    metrics = found["results"][task]
    return metrics, samples


def main():
    rng = random.Random(3)
    FOLDER.mkdir(exist_ok=True)
    os.chdir(FOLDER)
    (FOLDER / "letters.yaml").write_text(CHOICES)
    (FOLDER / "replies.yaml").write_text(ANSWERS)
    write_rows("letters", choice_rows(rng))
    asked = [dict(question=question(rng, 1, 7), answer="") for _ in range(16)]
    write_rows("replies", asked)
    _, samples = evaluate(MODELS[0], "replies")
    for index, (row, sample) in enumerate(zip(asked, samples)):
        said = sample["resps"][0][0]
        row["answer"] = [said.upper(), said + "!", question(rng, 1, 2), said + "a"][index % 4]
    write_rows("replies", asked)
    expected = {}
    for model in MODELS:
        for task in ("letters", "replies"):
            metrics, samples = evaluate(model, task)
            told = {key.split(",")[0]: value for key, value in metrics.items() if key.endswith(",none")}
            answers = [[float(one[0]) for one in sample["filtered_resps"]] if task == "letters" else sample["resps"][0][0] for sample in samples]
            expected[f"{model} {task}"] = dict(metrics=told, answers=answers)
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
