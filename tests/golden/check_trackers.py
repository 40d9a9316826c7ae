"""Opens metrics exported by Keel with the reader of each format and compares them with the runs that were exported.

    pip install pandas pyarrow tensorboard tbparse trackio
    python tests/golden/check_trackers.py EXPORTED tests/fixtures/trackers/runs.json

EXPORTED holds metrics.csv, metrics.jsonl, metrics.parquet, the log folder `logs`, and the Trackio project golden.db.
Prints one line per reader; fails at the first difference.
"""
import json, math, os, pathlib, sys

EXPORTED, RUNS = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text())
os.environ["TRACKIO_DIR"] = str(EXPORTED)
import numpy as np
import pandas as pd
import pyarrow.parquet as pq


def expected():
    rows = [{"run": run["id"], **point} for run in RUNS for point in run["points"]]
    frame = pd.DataFrame(rows)
    frame["value"] = frame["value"].astype(float)
    frame["time"] = pd.to_datetime(frame.pop("at"), unit="ms", utc=True)
    return frame[["run", "step", "time", "key", "value"]]


def require(name, seen):
    """Equal bit for bit, NaN included, in the same order."""
    want = expected()
    seen = seen.copy()
    seen["time"] = pd.to_datetime(seen["time"], utc=True)
    for column in ("run", "step", "key"):
        assert list(seen[column]) == list(want[column]), (name, column)
    assert [t.value for t in seen["time"].astype("datetime64[ns, UTC]")] == [
        t.value for t in want["time"].astype("datetime64[ns, UTC]")
    ], name
    values = np.array(seen["value"], dtype=float)
    assert values.tobytes() == np.array(want["value"], dtype=float).tobytes(), (name, values)
    print(f"{name}: {len(seen)} values equal")


def check_tables():
    require("pandas.read_csv", pd.read_csv(EXPORTED / "metrics.csv"))
    lines = pd.read_json(EXPORTED / "metrics.jsonl", lines=True, precise_float=True, dtype=False)
    lines["value"] = lines["value"].astype(float)
    require("pandas.read_json", lines)
    table = pq.read_table(EXPORTED / "metrics.parquet")
    assert [str(field.type) for field in table.schema] == [
        "string", "int64", "timestamp[ms, tz=UTC]", "string", "double"
    ], table.schema
    about = json.loads(table.schema.metadata[b"keel.runs"])
    assert {run["id"]: run["config"] for run in RUNS} == {key: value["config"] for key, value in about.items()}
    require("pyarrow", table.to_pandas())
    require("pandas.read_parquet", pd.read_parquet(EXPORTED / "metrics.parquet"))


def check_tensorboard():
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tbparse import SummaryReader

    count = texts = 0
    for run in RUNS:
        reader = EventAccumulator(str(EXPORTED / "logs" / run["id"]), size_guidance={"scalars": 0, "tensors": 0})
        reader.Reload()
        for key in {point["key"] for point in run["points"]}:
            want = [point for point in run["points"] if point["key"] == key]
            seen = reader.Scalars(key)
            assert [(e.step, e.wall_time) for e in seen] == [(p["step"], p["at"] / 1000) for p in want], key
            with np.errstate(over="ignore", under="ignore"):
                values = np.array([float(p["value"]) for p in want], dtype=np.float32)
            assert np.array([e.value for e in seen], dtype=np.float32).tobytes() == values.tobytes(), key
            count += len(seen)
        assert set(reader.Tags()["scalars"]) == {point["key"] for point in run["points"]}
        config = reader.Tensors("config/text_summary")[0].tensor_proto.string_val[0].decode()
        assert json.loads(config.strip("`\n")) == run["config"]
        for sample in run["samples"]:
            events = reader.Tensors(f"samples/prompt_{sample['promptIndex']}/text_summary")
            (event,) = [e for e in events if e.step == sample["step"]]
            text = event.tensor_proto.string_val[0].decode()
            assert sample["prompt"] in text and sample["response"] in text
            texts += 1
    print(f"EventAccumulator: {count} values equal as float32, {texts} responses")
    frame = SummaryReader(str(EXPORTED / "logs"), extra_columns={"dir_name"}).scalars
    assert len(frame) == count and set(frame["dir_name"]) == {run["id"] for run in RUNS}, frame
    print(f"tbparse: {len(frame)} values")


def check_trackio():
    import trackio
    from trackio.sqlite_storage import SQLiteStorage

    api = trackio.Api()
    runs = {run.id: run for run in api.runs("golden")}
    assert set(runs) == {run["id"] for run in RUNS}, runs
    count = 0
    for run in RUNS:
        seen = {}
        for log in SQLiteStorage.get_logs("golden", run["id"], run_id=run["id"]):
            step, at = log.pop("step"), log.pop("timestamp")
            for key, value in log.items():
                seen[(step, key)] = (pd.Timestamp(at).value // 10**6, value)
        assert len(seen) == len(run["points"])
        for point in run["points"]:
            at, value = seen[(point["step"], point["key"])]
            want = float(point["value"])
            assert at == point["at"] and (value == want or (math.isnan(value) and math.isnan(want))), point
            count += 1
        assert {key: SQLiteStorage.get_run_config("golden", run["id"])[key] for key in run["config"]} == run["config"]
        assert set(SQLiteStorage.get_all_metrics_for_run("golden", run["id"])) >= {p["key"] for p in run["points"]}
        assert SQLiteStorage.get_last_step("golden", run["id"]) == max(p["step"] for p in run["points"])
    # A later session of Trackio adds to the project, so its schema is complete for its writer, too.
    SQLiteStorage.bulk_log("golden", "later", [{"loss": 1.0}], steps=[0], config={}, run_id="later")
    assert "later" in SQLiteStorage.get_runs("golden")
    print(f"trackio: {count} values equal, and one run added by Trackio")


check_tables()
check_tensorboard()
check_trackio()
