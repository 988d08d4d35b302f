"""A trained detector over manifest rows → score file and maps. Non-responses stay, without a score."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import torch
from torch import Tensor

from mtfas.data.dataset import FaceSet, load_faces
from mtfas.data.manifest import PreparedSet
from mtfas.evaluation.scores import write_scores
from mtfas.models.detector import Detector
from mtfas.models.predict import predict_all
from mtfas.runtime.files import write_bytes
from mtfas.supervision.labels import Supervision, label_all
from mtfas.types import Direction, FloatArray, spoof_score

SLICE = 1024
"""Faces turned into floats at a time; a multiple of the fixed inference batch, so it changes no bit."""


@dataclass(frozen=True)
class Scored:
    """Scores and maps of the usable faces, in the order of their rows."""

    scores: FloatArray
    maps: FloatArray


def score_faces(net: Detector, faces: FaceSet, direction: Direction, device: str = "cpu") -> Scored:
    """Score every face by itself (paper Sec. 4.5.3: the mean of the map).

    A detector with a binary branch takes the branch's probability, or half of each (Sec. 4.2.3), as its
    authors do (`Detector.scored_by`).

    Args:
        net: in eval mode, running statistics estimated.
        faces: n faces.
        direction: which way the maps of the network's supervision point.
        device: where the network lives.

    Returns:
        [n] scores in [0, 1], and [n, h, w] maps as predicted.
    """
    scores, maps = [], []
    for start in range(0, len(faces), SLICE):
        index = torch.arange(start, min(start + SLICE, len(faces)))
        output = predict_all(net, faces.batch(index).images.to(device))
        predicted = output.map[:, 0].cpu().numpy()
        score = spoof_score(predicted.astype(np.float64).mean(axis=(1, 2)), direction)
        if output.logit is not None and net.scored_by != "map":
            branch = torch.sigmoid(output.logit.double()).cpu().numpy()
            score = branch if net.scored_by == "logit" else 0.5 * score + 0.5 * branch
        scores.append(score)
        maps.append(predicted)
    return Scored(np.concatenate(scores), np.concatenate(maps))


def label_faces(supervision: Supervision, faces: FaceSet, device: str = "cpu") -> Tensor:
    """Return the target map of every face, [n, 1, h, w], made once, on the clean face."""
    parts = []
    for start in range(0, len(faces), SLICE):
        index = torch.arange(start, min(start + SLICE, len(faces)))
        parts.append(label_all(supervision, faces.batch(index).to(device)).cpu())
    return torch.cat(parts)


def write_split(
    folder: Path, name: str, prepared: PreparedSet, rows: pl.DataFrame, net: Detector,
    supervision: Supervision, device: str = "cpu",
) -> pl.DataFrame:  # fmt: skip
    """Score one part of a protocol into scores/NAME.csv and scores/NAME-maps.npz.

    Args:
        folder: the run folder.
        name: "dev" or "test".
        prepared: the data.
        rows: the part's manifest rows, non-responses included.
        net: the detector, in eval mode.
        supervision: gives the direction, and the target maps shown beside the detector's.
        device: where the network lives.

    Returns:
        The rows of the score file.
    """
    faces = load_faces(prepared, rows.filter(pl.col("reason").is_null()))
    scored = score_faces(net, faces, supervision.direction, device)
    table = score_table(rows, faces.rows, scored.scores)
    write_scores(folder / "scores" / f"{name}.csv", table, str(Direction.ATTACK_HIGH))
    _write_maps(
        folder / "scores" / f"{name}-maps.npz", faces, scored.maps, label_faces(supervision, faces, device)
    )
    return table


def score_table(rows: pl.DataFrame, scored_rows: pl.DataFrame, scores: FloatArray) -> pl.DataFrame:
    """Return the score file's rows: every manifest row, with null where there was no response."""
    known = scored_rows.select("image").with_columns(pl.Series("score", scores))
    columns = ["presentation", "frame", "subject", "label", "species"]
    return rows.join(known, on="image", how="left", maintain_order="left").select([*columns, "score"])


def _write_maps(path: Path, faces: FaceSet, maps: FloatArray, targets: Tensor) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        image=np.array(faces.rows["image"].to_list(), dtype=np.str_),
        presentation=np.array(faces.rows["presentation"].to_list(), dtype=np.str_),
        frame=faces.rows["frame"].to_numpy(),
        detector_map=maps.astype(np.float16),
        teacher_map=targets[:, 0].numpy().astype(np.float16),
    )
    write_bytes(path, buffer.getvalue())
