"""From a finished run of `mtfas train` to an ONNX file that says how to score with it."""

from pathlib import Path

from mtfas.deploy.bundling import load_detector
from mtfas.deploy.export import PARITY, ExportCheck, export_onnx
from mtfas.errors import BadSetting
from mtfas.evaluation.runfolder import read_record


def export_run(run: Path, path: Path, size: int | None = None, tolerance: float = PARITY) -> ExportCheck:
    """Write the detector of a run as an ONNX file, compared with torch.

    The file's metadata hold what a score needs: `direction` (which way the map points) and `score` ("map":
    its mean; "logit": the sigmoid of the logit; "both": half of each, the map turned to attack-high first),
    and the detector's name, supervision and protocol.

    Args:
        run: a finished run folder of `mtfas train`.
        path: of the file.
        size: side of the faces; that of the training faces by default.
        tolerance: largest absolute difference to torch.

    Raises:
        BadRun: the run cannot be read, or the export differs from torch.
        BadSetting: the size is no multiple of 8 or unknown, or a package is missing.
    """
    record = read_record(run, "train")
    side = size or record.get("side")
    if side is None:
        raise BadSetting(f"{run} does not say how large its faces were; give --size.")
    settings = record["settings"]
    net = load_detector(run, record)
    notes = {key: str(settings[key]) for key in ("detector", "supervision", "protocol")}
    notes |= {"direction": record["direction"], "score": net.scored_by, "mtfas": record["mtfas"]}
    return export_onnx(net, path, int(side), tolerance, notes)
