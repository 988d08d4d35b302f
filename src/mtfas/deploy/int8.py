"""The network in 8-bit numbers, and what that costs: its AUC and EER on dev beside those of float32."""

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from mtfas.deploy.session import Session
from mtfas.evaluation.presentations import Presentations
from mtfas.evaluation.scores import ScoreTable, presentations
from mtfas.faces.image import read_image
from mtfas.metrics.curves import auc
from mtfas.metrics.thresholds import equal_error
from mtfas.runtime.progress import track
from mtfas.types import ByteImage, FloatArray

CHUNK = 16
"""Faces scored at a time."""


@dataclass(frozen=True)
class Quantised:
    """An 8-bit network.

    Attributes:
        graph: its file.
        way: "static" (ranges of all numbers known beforehand) or "dynamic" (where static failed).
        why: what static failed by; None where it did not.
    """

    graph: bytes
    way: str
    why: str | None = None


def quantise(graph: bytes, crops: ByteImage) -> Quantised:
    """Turn a float32 network into one of 8 bits.

    Weights have 7 bits: with 8, processors without VNNI overflow in their 16-bit sums, so that a network
    would answer otherwise on an older machine.

    Args:
        graph: a bundle's model.onnx.
        crops: [N, size, size, 3] that show which values the layers take.
    """
    with tempfile.TemporaryDirectory() as name, _quiet():
        folder = Path(name)
        (folder / "float32.onnx").write_bytes(graph)
        try:
            return Quantised(_static(folder, crops), "static")
        except Exception as error:  # its graph passes know not every network; dynamic needs none of them
            return Quantised(_dynamic(folder), "dynamic", f"{type(error).__name__}: {error}")


def compare_on_dev(folder: Path, dev: pl.DataFrame, graphs: dict[str, bytes]) -> dict[str, Presentations]:
    """Score the dev rows with several graphs; the unit is the presentation, as in evaluation.

    Args:
        folder: the prepared data set.
        dev: its dev rows.
        graphs: by name.
    """
    usable = dev.filter(pl.col("reason").is_null())
    sessions = {name: Session(graph) for name, graph in graphs.items()}
    parts: dict[str, list[FloatArray]] = {name: [] for name in graphs}
    starts = range(0, usable.height, CHUNK)
    for start in track(starts, "scoring dev", len(starts)):
        crops = np.stack([read_image(folder / image) for image in usable["image"][start : start + CHUNK]])
        for name, session in sessions.items():
            parts[name].append(session.run(crops)[0].astype(np.float64))
    return {name: _presentations(usable, np.concatenate(scores)) for name, scores in parts.items()}


def loss(found: dict[str, Presentations]) -> dict[str, Any]:
    """Return AUC and EER on dev of each network, and the largest change of a presentation's score."""
    figures: dict[str, Any] = {}
    for name, part in found.items():
        equal = equal_error(part.live, part.attack)
        figures[name] = {"auc": auc(part.live, part.attack), "eer": equal.rate}
    before, after = (found[name].rows["score"].to_numpy() for name in ("float32", "int8"))
    return {"dev": figures, "largest_score_change": float(np.max(np.abs(before - after)))}


def _presentations(usable: pl.DataFrame, scores: FloatArray) -> Presentations:
    columns = ["presentation", "frame", "subject", "label", "species"]
    table = usable.select(columns).with_columns(pl.Series("score", scores))
    return Presentations(presentations(ScoreTable(table, "attack_high", Path("dev"))))


def _static(folder: Path, crops: ByteImage) -> bytes:
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.left = iter(crops)

        def get_next(self) -> dict[str, ByteImage] | None:
            crop = next(self.left, None)
            return None if crop is None else {"images": crop[None]}

    ready, done = folder / "ready.onnx", folder / "int8.onnx"
    quant_pre_process(folder / "float32.onnx", ready, skip_symbolic_shape=True)
    quantize_static(
        ready,
        done,
        Reader(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        reduce_range=True,
        op_types_to_quantize=["Conv", "Gemm", "MatMul"],
    )
    graph = done.read_bytes()
    Session(graph).run(crops[:2])  # a graph that cannot be run is no graph
    return graph


def _dynamic(folder: Path) -> bytes:
    from onnxruntime.quantization import quantize_dynamic

    done = folder / "int8.onnx"
    quantize_dynamic(folder / "float32.onnx", done, reduce_range=True)
    return done.read_bytes()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the quantiser's remarks from the user; its errors still come."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
