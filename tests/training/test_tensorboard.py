import json
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mtfas.training.tensorboard import export_log


def test_the_log_can_be_read_back_from_tensorboard(tmp_path: Path) -> None:
    events = [
        {"event": "bilevel", "step": step, "seconds": 0.1, "outer_loss": 1 / step} for step in (1, 2, 4)
    ]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    for _ in range(2):  # a second export replaces the first
        folder = export_log(tmp_path)
    read = EventAccumulator(str(folder))
    read.Reload()
    assert read.Tags()["scalars"] == ["bilevel/outer_loss"]
    assert [(e.step, e.value) for e in read.Scalars("bilevel/outer_loss")] == [(1, 1.0), (2, 0.5), (4, 0.25)]
