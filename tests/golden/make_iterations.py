"""Expected numbers of two iterations of APA, PPO, AWR and A*-PO and of some updates of SFT, reward
models, DPO and KTO, computed in PyTorch.

An implementation of its own, written from the papers, from docs/algorithms, docs/metrics.md and docs/config.md, and run in
float64 on one sequence at a time. README.md beside this file says how it is used.

    python tests/golden/make_iterations.py world                 models, tokenizers and data, from seeds
    node tests/golden/record-iterations.ts FOLDER                Keel's runs, for the two inputs that are its own
    python tests/golden/make_iterations.py inputs FOLDER         finds the order of rows; takes over the drawn heads
    python tests/golden/make_iterations.py expected              computes the expected numbers from the inputs alone
"""
import json
import math
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from iterations.metrics import update_metrics
from iterations.networks import load_tensors
from iterations.online import GivenRun, OnlineRun, RegressionRun
from iterations.plans import chunkings, next_batches, search
from iterations.supervised import DpoRun, KtoRun, RewardModelRun, SftRun
from iterations.texts import read_lines
from iterations.world import make_world

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures/golden-iterations"
# Below this, an order of rows counts as the run's; the next best has to be ten times as far.
NEAR = 1e-3
ONLINE = ("apa", "ppo", "awr", "a2po", "apa-offline", "awr-offline")
torch.set_num_threads(1)


def located(value):
    """The folders and files of a config."""
    if isinstance(value, str):
        return str(FIXTURES / value[1:]) if value.startswith("@") else value
    if isinstance(value, list):
        return [located(inner) for inner in value]
    return {key: located(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def cases():
    found = json.loads((FIXTURES / "cases.json").read_text())
    wanted = sys.argv[3:] if sys.argv[1] == "inputs" else sys.argv[2:]
    return {name: located(config) for name, config in found.items()
            if not wanted or name in wanted}


def prompts_of(config):
    """Prompts, or whole pairs where a run learns from these; and held-out prompts."""
    column = config["data"]["columns"].get("prompt", "prompt")
    train = read_lines(pathlib.Path(config["data"]["files"][0]))
    if not config["recipe"].endswith("-offline"):
        train = [row[column] for row in train]
    held_out = [row[column] for row in read_lines(pathlib.Path(config["data"]["held_out_files"][0]))]
    return train[:config["data"]["max_records"]], held_out[:config["evaluation"]["num_prompts"]]


def open_online(name, config, train):
    initial = load_tensors(FIXTURES / f"{name}-heads.safetensors")
    if config["recipe"].endswith("-offline"):
        return GivenRun(config, initial, train)
    return (RegressionRun if config["recipe"] == "a2po" else OnlineRun)(config, initial)


def responses_of(run, train):
    """What a collection draws from: the replies to all prompts, or the responses of the data."""
    return run.given if isinstance(run, GivenRun) else [run.reply(prompt) for prompt in train]


def sample_of(row, keeps_tokens):
    """A reply to a held-out prompt as a run shows it; per-token numbers are kept of the first prompts only."""
    numbers = dict(ids=row.targets, logprobs=row.old.tolist(), refLogprobs=row.ref.tolist(), kl=row.exact_kl.tolist(),
                   values=[] if row.values is None else row.values.tolist(),
                   advantages=[] if row.values is None else row.raw_advantages.tolist(), rewards=row.rewards.tolist())
    totals = dict(tokens=len(row.targets), kl=row.exact_kl.sum().item(), entropy=row.entropy.sum().item(),
                  refLogprob=row.ref.sum().item())
    return dict(prompt=row.prompt, response=row.reply, score=row.score, judge=getattr(row, "judgment", None),
                endedByStop=row.ended, totals=totals, **{key: value if keeps_tokens else [] for key, value in numbers.items()})


def weight_distance(weights, recorded, start):
    """Largest difference of any weight, over the largest update."""
    largest = max((recorded[name].double() - start[name]).abs().max().item() for name in weights)
    return max((weights[name] - recorded[name].double()).abs().max().item() for name in weights) / largest


def metric_distance(found, told, step):
    """Largest relative difference of what the rollout tells."""
    def apart(key, value):
        other = told.get(f"{key}@{step}")
        other = math.nan if other is None else other
        return 0.0 if math.isnan(value) and math.isnan(other) else abs(value - other) / max(1e-3, abs(value))
    return max(apart(key, value) for key, value in found.items()
               if key.startswith(("completions/", "objective/scores", "advantages/valid")))


def find_rows(run, replies, told, step):
    """Chunks of the collection: those with the numbers that the run told."""
    rollouts, best = run.config["rollouts"], []
    for chunks in chunkings(replies, rollouts["num_rollouts"], rollouts["chunk_size"]):
        rows = [[replies[index] for index in chunk] for chunk in chunks]
        scales = run.scales.copy()
        _, found = run.collect(rows)
        run.scales = scales
        best.append((metric_distance(found, told, step), chunks, [row.targets for chunk in rows for row in chunk]))
    nearest = min(best, key=lambda item: item[0])
    if nearest[0] > NEAR:
        raise SystemExit(f"no draw of rows gives what the run told at step {step}; nearest {nearest[:2]}")
    return nearest[1]


def find_inputs(name, config, folder):
    """The inputs of an online case that a run has drawn: chunks and minibatches of each iteration."""
    told = json.loads((folder / name / "told.json").read_text())["metrics"]
    train, _ = prompts_of(config)
    run = open_online(name, config, train)
    start, drawn = run.weights(), []
    for step in range(1, config["updates"]["total_iterations"] + 1):
        checkpoint = folder / name / f"run/checkpoint-{step:08d}"
        files = [checkpoint / f"{kind}.safetensors" for kind in ("policy", "critic")]
        recorded = {name: value for file in files if file.exists() for name, value in load_file(file).items()}
        replies = responses_of(run, train)
        chunks = find_rows(run, replies, told, step)
        rows, _ = run.collect([[replies[index] for index in chunk] for chunk in chunks])
        plan, distance, other = search(run, rows, lambda: weight_distance(run.weights(), recorded, start))
        print(f"{name}, iteration {step}: distance {distance:.1e}, next best {other:.1e}, lead {run.gap:.1e}", flush=True)
        for part in plan:
            run.update([rows[index] for index in part])
        run.end_iteration(rows)
        drawn.append(dict(chunks=chunks, minibatches=plan))
        if distance > NEAR or other < 10 * distance:
            print("  no order of rows gives the weights of the run")
    return drawn


def expected_online(name, config, drawn):
    train, held_out = prompts_of(config)
    run = open_online(name, config, train)
    told, samples = {}, {}

    def evaluate(step):
        found, rows = run.evaluate(held_out)
        told.update({f"{key}@{step}": value for key, value in found.items()})
        kept = config["evaluation"]["num_samples"]
        samples[step] = [sample_of(row, index < kept) for index, row in enumerate(rows)]

    evaluate(0)
    last = config["updates"]["total_iterations"]
    for step, inputs in enumerate(drawn, 1):
        replies = responses_of(run, train)
        rows, found = run.collect([[replies[index] for index in chunk] for chunk in inputs["chunks"]])
        updates = [run.update([rows[index] for index in part]) for part in inputs["minibatches"]]
        told.update({f"{key}@{step}": value for key, value in {**found, **update_metrics(updates)}.items()})
        run.end_iteration(rows)
        if step == last or step % config["evaluation"]["interval_iterations"] == 0:
            evaluate(step)
    print(f"{name}: the likeliest token leads by {run.gap:.1e} at least")
    if run.gap < 1e-3:
        raise SystemExit("rounding could decide between two tokens: take other seeds")
    return dict(metrics=told, samples=samples), run.weights()


def open_supervised(name, config):
    train, held_out = (read_lines(pathlib.Path(config["data"][key][0])) for key in ("files", "held_out_files"))
    train = train[:config["data"]["max_records"]]
    of_recipe = dict(sft=SftRun, dpo=DpoRun, kto=KtoRun).get(config["recipe"])
    if of_recipe:
        return of_recipe(config, train, held_out)
    return RewardModelRun(config, train, held_out, load_tensors(FIXTURES / f"{name}-heads.safetensors"))


def find_batches(name, config, folder):
    """Rows of each update: those whose loss and gradient the run told."""
    told = json.loads((folder / name / "told.json").read_text())["metrics"]
    run, batches, left = open_supervised(name, config), [], []
    for step in range(1, run.total + 1):
        options = []
        for batch, rest in next_batches(left, len(run.rows), config["training"]["batch_size"]):
            saved = run.snapshot()
            found = run.update([run.rows[index] for index in batch])
            run.restore(saved)
            options.append((max(abs(found[key] - told[f"{key}@{step}"]) / abs(found[key]) for key in ("loss", "grad_norm")), batch, rest))
        options.sort(key=lambda option: option[0])
        distance, batch, left = options[0]
        print(f"{name}, update {step}: distance {distance:.1e}, next best {options[1][0] if len(options) > 1 else math.inf:.1e}", flush=True)
        if distance > NEAR:
            print("  no batch gives what the run told")
        run.update([run.rows[index] for index in batch])
        batches.append(batch)
    return batches


def expected_supervised(name, config, batches):
    run = open_supervised(name, config)
    told = {f"{key}@0": value for key, value in run.evaluate().items()}
    for step, batch in enumerate(batches, 1):
        found = run.update([run.rows[index] for index in batch])
        if step == run.total or step % config["evaluation"]["interval_steps"] == 0:
            found |= run.evaluate()
        told.update({f"{key}@{step}": value for key, value in found.items()})
    return dict(metrics=told, samples={}), run.weights()


def take_heads(name, folder):
    """Heads as they were drawn; everything else of the checkpoint stands in the model folders."""
    checkpoint = folder / name / "at-rest/checkpoint-00000001"
    heads = {key: value for file in checkpoint.glob("*.safetensors") if file.name != "optimizer.safetensors"
             for key, value in load_file(file).items() if key.split("/")[1].split(".")[0] in ("head", "value_head", "score")}
    if heads:
        save_file(heads, FIXTURES / f"{name}-heads.safetensors")


def plain(value):
    """Numbers of nine digits; NaN as null, which JSON has no other word for."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else float(f"{value:.9g}") if isinstance(value, float) else value


def write_json(path, value):
    """One entry of the outer two levels a line."""
    lines = ",\n".join(f"{json.dumps(key)}: {{\n" + ",\n".join(
        f"  {json.dumps(str(name))}: {json.dumps(inner)}" for name, inner in part.items()) + "\n}"
        for key, part in plain(value).items())
    path.write_text(f"{{{lines}}}\n")


def write_inputs(folder):
    path = FIXTURES / "inputs.json"
    inputs = json.loads(path.read_text()) if path.exists() else {}
    for name, config in cases().items():
        take_heads(name, folder)
        inputs[name] = (find_inputs if config["recipe"] in ONLINE else find_batches)(name, config, folder)
        path.write_text(json.dumps(inputs, sort_keys=True) + "\n")


def write_expected():
    inputs = json.loads((FIXTURES / "inputs.json").read_text())
    for name, config in cases().items():
        told, weights = (expected_online if config["recipe"] in ONLINE else expected_supervised)(name, config, inputs[name])
        write_json(FIXTURES / f"{name}.json", told)
        save_file({key: value.float().contiguous() for key, value in weights.items()}, FIXTURES / f"{name}.safetensors")


if __name__ == "__main__":
    dict(world=lambda: make_world(FIXTURES), inputs=lambda: write_inputs(pathlib.Path(sys.argv[2])),
         expected=write_expected)[sys.argv[1]]()
