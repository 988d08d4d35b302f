"""Eight presentations of two frames, few enough to count by hand, with what a manifest says of them."""

import polars as pl

from mtfas.evaluation.scores import SCHEMA, ScoreTable

# presentation, label, score at threshold 0.5, camera, yaw of its two frames, background
CLIPS = [
    ("l1", 0, 0.1, "a", (-10, -20), "wall"),
    ("l2", 0, 0.9, "a", (0, 2), "wall"),
    ("l3", 0, 0.2, "b", (5, 5), "shelf"),
    ("l4", 0, None, "b", (7, 7), "shelf"),
    ("p1", 1, 0.8, "a", (-15, -15), "wall"),
    ("p2", 1, 0.4, "b", (4, 6), "shelf"),
    ("p3", 1, 0.5, "b", (None, 30), None),
    ("r1", 1, 0.7, "b", (None, None), "wall"),
]


def tables(clips: list = CLIPS) -> tuple[ScoreTable, pl.DataFrame]:
    """The clips' scores, the same for both frames, and their manifest rows."""
    scores, faces = [], []
    for name, label, score, camera, yaws, background in clips:
        species = {"l": "bona_fide", "p": "print", "r": "replay"}[name[0]]
        for frame, yaw in enumerate(yaws):
            scores.append((name, frame, f"s{name[1]}", label, species, score))
            faces.append((name, frame, label, camera, yaw, background, [1.0]))
    names = ["presentation", "frame", "label", "camera", "made.yaw", "made.background", "box"]
    manifest = pl.DataFrame(faces, schema=names, orient="row", strict=False, infer_schema_length=None)
    manifest = manifest.with_columns(pl.col("frame").cast(pl.Int32), pl.col("label").cast(pl.Int8))
    return ScoreTable(pl.DataFrame(scores, schema=SCHEMA, orient="row"), "attack_high", "t.csv"), manifest
