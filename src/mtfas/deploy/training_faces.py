"""What a bundle takes from its detector's training faces: limits of its gates, crops to quantise by."""

from pathlib import Path

import numpy as np
import polars as pl

from mtfas.data.manifest import PreparedSet
from mtfas.deploy.gates import DARKEST, DULLEST, Gates, brightness, sharpness, smallest_face
from mtfas.errors import BadData
from mtfas.faces.crop import CropRule
from mtfas.faces.image import read_image
from mtfas.runtime.progress import track
from mtfas.runtime.seeds import stream
from mtfas.types import ByteImage, Label

LOOKED_AT = 400
"""Bona fide training faces that the gates' limits are taken from, at most."""

CALIBRATED_BY = 128
"""Training crops, half of them attacks, that tell the ranges of an 8-bit network's numbers, at most."""

RAREST = 1.0
"""Per cent of bona fide training faces that may lie beyond a limit taken from them."""


def crop_rule(prepared: PreparedSet, side: int) -> CropRule:
    """Return how the faces of a prepared set were cut out.

    Raises:
        BadData: the set does not say, or its faces have another side than the run's.
    """
    found = prepared.info.get("crop")
    if not isinstance(found, dict):
        raise BadData(
            f"{prepared.folder}/dataset.json does not say how faces were cut out; prepare the data again."
        )
    rule = CropRule(**found)
    if rule.size != side:
        raise BadData(
            f"{prepared.folder} has faces of {rule.size} pixels, the run was trained on {side}; "
            "give the run's own data with --data."
        )
    return rule


def limits(folder: Path, train: pl.DataFrame, rule: CropRule) -> Gates:
    """Return the gates' limits.

    The limits found on photographs, or what all but a hundredth of the bona fide training faces are above,
    where that is lower: a detector trained on dim or soft pictures may judge them.

    Args:
        folder: the prepared data set.
        train: training rows with a usable face.
        rule: how they were cut out.
    """
    live = drawn(train.filter(pl.col("label") == Label.LIVE), LOOKED_AT)
    faces = [read_image(folder / image) for image in track(live["image"], "measuring faces", live.height)]
    dim = float(np.percentile([brightness(face, rule) for face in faces], RAREST))
    soft = float(np.percentile([sharpness(face, rule) for face in faces], RAREST))
    return Gates(smallest_face(rule), round(min(DARKEST, dim), 2), round(min(DULLEST, soft), 5))


def calibration_crops(folder: Path, train: pl.DataFrame) -> ByteImage:
    """Return seeded training crops [N, size, size, 3], half of each class where there are so many."""
    parts = [drawn(train.filter(pl.col("label") == label), CALIBRATED_BY // 2) for label in Label]
    return np.stack([read_image(folder / image) for part in parts for image in part["image"]])


def drawn(rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return at most so many rows, drawn by a fixed seed, in their order."""
    if rows.height <= most:
        return rows
    return rows[sorted(stream(0, "bundle").permutation(rows.height)[:most].tolist())]
