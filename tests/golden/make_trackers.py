"""Writes the runs of tests/fixtures/trackers/runs.json with TensorBoard's and Trackio's own code.

    pip install tensorboard==2.21.0 trackio==0.43.0
    python tests/golden/make_trackers.py

`events.json`: the bytes of each run's event file, from TensorBoard's protocol buffers and record writer, in base64.
`trackio.json`: the tables and rows of the database of a project to which Trackio logged the runs.
"""
import base64, io, json, os, pathlib, sqlite3, tempfile

os.environ["TRACKIO_DIR"] = tempfile.mkdtemp()
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.summary.writer.record_writer import RecordWriter
from trackio.sqlite_storage import SQLiteStorage

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "trackers"
TABLES = ("metrics", "configs", "system_metrics", "traces", "alerts", "project_metadata")


def number(value):
    return float(value)


def js_number(value):
    """As JavaScript writes a score into a text."""
    value = number(value)
    return "NaN" if value != value else f"{value:g}"


def fence(text):
    """A Markdown code block that no run of backticks in the text can end."""
    runs = [len(run) for run in "".join(c if c == "`" else " " for c in text).split()]
    ticks = "`" * (max([2, *runs]) + 1)
    return f"{ticks}\n{text}\n{ticks}"


def text_value(tag, text):
    tensor = TensorProto(
        dtype=DT_STRING, tensor_shape=TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)]), string_val=[text.encode()]
    )
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
    return Summary.Value(tag=tag, tensor=tensor, metadata=metadata)


def logs(points):
    """Values of one step and time, which are logged together."""
    groups = {}
    for point in points:
        groups.setdefault((point["step"], point["at"]), []).append(point)
    return groups.items()


def events(run):
    start = run["createdAt"] / 1000
    yield Event(wall_time=start, file_version="brain.Event:2")
    config = fence(json.dumps(run["config"], indent=2, ensure_ascii=False))
    yield Event(wall_time=start, step=0, summary=Summary(value=[text_value("config/text_summary", config)]))
    for (step, at), points in logs(run["points"]):
        values = [Summary.Value(tag=point["key"], simple_value=number(point["value"])) for point in points]
        yield Event(wall_time=at / 1000, step=step, summary=Summary(value=values))
    for sample in run["samples"]:
        text = (
            f"**Prompt**\n\n{fence(sample['prompt'])}\n\n"
            f"**Response** (score {js_number(sample['score'])})\n\n{fence(sample['response'])}"
        )
        value = text_value(f"samples/prompt_{sample['promptIndex']}/text_summary", text)
        yield Event(wall_time=start, step=sample["step"], summary=Summary(value=[value]))


def event_file(run):
    file = io.BytesIO()
    writer = RecordWriter(file)
    for event in events(run):
        writer.write(event.SerializeToString(deterministic=True))
    return base64.b64encode(file.getvalue()).decode()


def iso(milliseconds):
    import datetime

    at = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.timezone.utc)
    return at.isoformat(timespec="milliseconds")


def columns(database, table):
    return [list(row[1:4]) for row in database.execute(f"PRAGMA table_info({table})")]


def trackio(runs):
    for run in runs:
        grouped = list(logs(run["points"]))
        created = iso(run["createdAt"])
        SQLiteStorage.bulk_log(
            project="golden",
            run=run["id"],
            run_id=run["id"],
            metrics_list=[{point["key"]: number(point["value"]) for point in points} for _, points in grouped],
            steps=[step for (step, _), _ in grouped],
            timestamps=[iso(at) for (_, at), _ in grouped],
            config={**run["config"], "keel_name": run["name"], "_Created": created},
        )
    database = sqlite3.connect(SQLiteStorage.get_project_db_path("golden"))
    metrics = database.execute("SELECT run_id, run_name, timestamp, step, metrics FROM metrics ORDER BY id").fetchall()
    configs = database.execute("SELECT run_id, run_name, config FROM configs ORDER BY id").fetchall()
    indexes = database.execute(
        "SELECT tbl_name, name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
    ).fetchall()
    return {
        "user_version": database.execute("PRAGMA user_version").fetchone()[0],
        "columns": {table: columns(database, table) for table in TABLES},
        "indexes": [name for table, name in indexes if table in TABLES],
        "metrics": [[*row[:4], json.loads(row[4])] for row in metrics],
        "configs": [[*row[:2], json.loads(row[2])] for row in configs],
    }


def main():
    runs = json.loads((FOLDER / "runs.json").read_text())
    files = {run["id"]: event_file(run) for run in runs}
    (FOLDER / "events.json").write_text(json.dumps(files, indent=2) + "\n")
    (FOLDER / "trackio.json").write_text(json.dumps(trackio(runs), indent=2, ensure_ascii=False) + "\n")


main()
