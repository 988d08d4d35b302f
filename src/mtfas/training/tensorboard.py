"""log.jsonl → TensorBoard events, for those who look there."""

import json
from pathlib import Path

from mtfas.errors import BadSetting


def export_log(run: Path) -> Path:
    """Write every number of a run's log as TensorBoard scalars into RUN/tensorboard, made anew.

    Raises:
        BadSetting: tensorboard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise BadSetting(
            "--tensorboard needs tensorboard; install it with: pip install 'mtfas[tensorboard]'."
        ) from error
    folder = run / "tensorboard"
    for old in folder.glob("events.*"):
        old.unlink()
    with SummaryWriter(str(folder)) as writer:
        log = run / "log.jsonl"
        for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
            event = json.loads(line)
            for name, value in event.items():
                if isinstance(value, int | float) and name not in {"step", "seconds", "iteration"}:
                    writer.add_scalar(f"{event['event']}/{name}", value, event["step"])
    return folder
