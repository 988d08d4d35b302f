"""From a finished run of `mtfas train` to a bundle, whole or not at all."""

import io
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from mtfas import __version__
from mtfas.data.cutting import DETECTOR
from mtfas.data.join import RENDERED
from mtfas.data.manifest import PreparedSet, open_prepared
from mtfas.data.protocols import Selection, select
from mtfas.deploy.bundle import CARD, FORMAT, MODELS, PROBES, RECORD
from mtfas.deploy.export import PARITY, check_size, refuse_difference
from mtfas.deploy.graph import in_evaluation, need_onnx
from mtfas.deploy.int8 import Quantised, compare_on_dev, loss, quantise
from mtfas.deploy.model_card import model_card
from mtfas.deploy.session import Session
from mtfas.deploy.training_faces import calibration_crops, crop_rule, limits
from mtfas.deploy.working_point import WorkingPoint, threshold_interval, working_point
from mtfas.errors import BadData, BadRun, BadSetting
from mtfas.evaluation.presentations import Presentations
from mtfas.faces.crop import CropRule
from mtfas.metrics.thresholds import equal_error
from mtfas.runtime.files import new_folder, refuse_existing, sha256, write_bytes, write_json
from mtfas.types import Direction, Label

if TYPE_CHECKING:
    from mtfas.models import Detector

PROBED = 4
"""Probe crops in a bundle."""

TRAINING = ("detector", "supervision", "label_rule", "teacher", "recipe", "iterations", "seed", "augment")
"""Settings of the run that a bundle repeats."""


MAP_SHARE = 10.0
"""How many times the tolerance of scores a cell of a map may differ: its rounding does not average out, and
maps are looked at, not compared with a threshold."""


@dataclass(frozen=True)
class BundleSummary:
    """What was written: the folder, bundle.json, and its own SHA-256."""

    folder: Path
    info: Mapping[str, Any]
    sha256: str


@dataclass(frozen=True)
class _Network:
    """The graph, its largest difference to torch, and the probes with torch's scores."""

    graph: bytes
    parity: dict[str, float]
    images: Any
    scores: Any
    score: str


def make_bundle(
    run: Path,
    folder: Path,
    threshold: str | None = None,
    data: Path | None = None,
    int8: bool = False,
    force: bool = False,
    tolerance: float = PARITY,
) -> BundleSummary:
    """Write the bundle of a run.

    Args:
        run: a finished run of `mtfas train`; nothing in it is changed.
        folder: the bundle, which appears only when everything went well.
        threshold: "dev", "source" or "fixed:T"; None takes the source the run's protocol names.
        data: the prepared data, where it has moved: the crop rule, and the faces the gates are measured on.
        int8: also write the network in 8-bit numbers, with what it loses on dev.
        force: replace an older bundle, its profiles included.
        tolerance: largest absolute difference to torch allowed.

    Raises:
        BadRun: not a finished run, its data is gone, or the graph differs from torch.
        BadData: the data is not the run's, or does not say how faces were cut out.
        BadSetting: the folder exists, a threshold source is unknown, or a package is missing.
    """
    _check_target(folder, force)
    need_onnx()
    point = working_point(run, threshold)
    prepared = _data_of(point, data)
    record = point.run.record
    side, selection = int(record["side"]), select(prepared, record["protocol"])
    check_size(side)
    rule = crop_rule(prepared, side)
    network = _network(run, record, side)
    refuse_difference(network.parity["score"], tolerance, folder)
    refuse_difference(network.parity["map"], MAP_SHARE * tolerance, folder)
    info = _info(run, point, prepared, selection, rule, network)
    files = {MODELS["float32"]: network.graph}
    scores = {"scores_float32": network.scores}
    if int8:
        small = quantise(network.graph, calibration_crops(prepared.folder, selection.train))
        files[MODELS["int8"]] = small.graph
        scores["scores_int8"] = Session(small.graph).run(network.images)[0]
        info["int8"] = _int8(small, network.graph, prepared, selection, point)
    files[PROBES] = _npz(images=network.images, **scores)
    return _write(folder, files, info)


def _check_target(folder: Path, force: bool) -> None:
    if not force:
        refuse_existing(folder)
    elif folder.exists() and not (folder / RECORD).is_file() and not _empty(folder):
        raise BadSetting(f"{folder} is no bundle, so it is not replaced; give another output folder.")


def _empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _data_of(point: WorkingPoint, data: Path | None) -> PreparedSet:
    folder = point.run.data_folder(data)
    if folder is None or not folder.is_dir():
        raise BadRun(
            f"the data of {point.run.folder} is not in {folder or 'its record'}; say where it is with --data."
        )
    prepared = open_prepared(folder)
    if prepared.manifest_hash != point.run.record.get("data", {}).get("manifest_sha256"):
        raise BadData(
            f"{folder} holds other data than {point.run.folder} was made from; give the right one with "
            "--data."
        )
    return prepared


def _network(run: Path, record: Mapping[str, Any], side: int) -> _Network:
    import torch

    from mtfas.deploy.scored import probe_tensor, scored, scored_graph

    net = load_detector(run, record)
    with in_evaluation(net):
        module, probes = scored(net, Direction(record["direction"])), probe_tensor(PROBED, side)
        graph, parity = scored_graph(module, side)
        with torch.no_grad():
            scores = module(probes)[0].numpy()
    return _Network(graph, parity, probes.numpy(), scores, net.scored_by)


def load_detector(run: Path, record: Mapping[str, Any]) -> "Detector":
    """Return the trained detector of a run, on the CPU."""
    from mtfas.models import build_detector
    from mtfas.training.runs import load_network

    net = build_detector(record["settings"]["detector"], seed=0)
    load_network(net, run, "weights")
    return net


def _info(
    run: Path,
    point: WorkingPoint,
    prepared: PreparedSet,
    selection: Selection,
    rule: CropRule,
    network: _Network,
) -> dict[str, Any]:
    record = point.run.record
    return {
        "format": FORMAT,
        "mtfas": __version__,
        "name": run.resolve().name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "size": rule.size,
        "crop": rule.as_dict(),
        "face_detector": DETECTOR,
        "direction": record["direction"],
        "score": network.score,
        "threshold": point.threshold,
        "errors": point.errors,
        "protocol": record["protocol"],
        "data": _data(prepared, selection),
        "training": _training(record),
        "gates": limits(prepared.folder, selection.train, rule).as_dict(),
        "parity": network.parity,
    }


def _data(prepared: PreparedSet, selection: Selection) -> dict[str, Any]:
    train, info = selection.train, prepared.info
    boxes = train["detector"].value_counts(sort=True)
    attacks = int((train["label"] == int(Label.ATTACK)).sum())
    return {
        "dataset": info.get("dataset"),
        "source": info.get("source"),
        "manifest_sha256": prepared.manifest_hash,
        "rendered": info.get("dataset") in RENDERED,
        "train": {"bona_fide": train.height - attacks, "attack": attacks},
        "species": sorted(train.filter(pl.col("label") == Label.ATTACK)["species"].unique().to_list()),
        "boxes_by": dict(boxes.iter_rows()),
    }


def _training(record: Mapping[str, Any]) -> dict[str, Any]:
    settings = {name: record["settings"].get(name) for name in TRAINING}
    about = {name: record.get(name) for name in ("commit", "wall_seconds", "versions")}
    return {**settings, **about, "hardware": record.get("hardware", {}).get("processor")}


def _int8(
    small: Quantised, graph: bytes, prepared: PreparedSet, selection: Selection, point: WorkingPoint
) -> dict[str, Any]:
    found = compare_on_dev(prepared.folder, selection.dev, {"float32": graph, "int8": small.graph})
    return {
        "quantisation": small.way,
        "why_not_static": small.why,
        "threshold": _threshold_of(found["int8"], point),
        "loss": loss(found),
        "bytes": {"float32": len(graph), "int8": len(small.graph)},
    }


def _threshold_of(dev: Presentations, point: WorkingPoint) -> dict[str, Any]:
    """Return the 8-bit network's own threshold, by the source of the float32 network's."""
    if point.threshold["interval"] is None:  # given beforehand
        return point.threshold
    value = equal_error(dev.live, dev.attack).threshold
    return point.threshold | {"value": value, "interval": threshold_interval(dev)}


def _npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _write(folder: Path, files: dict[str, bytes], info: dict[str, Any]) -> BundleSummary:
    info["hashes"] = {name: sha256(content) for name, content in files.items()}
    card = model_card(info).encode("utf-8")
    info["hashes"] = {**info["hashes"], CARD: sha256(card)}
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    with new_folder(fresh) as scratch:
        for name, content in (files | {CARD: card}).items():
            write_bytes(scratch / name, content)
        write_json(scratch / RECORD, info)
    _take_place(fresh, folder)
    return BundleSummary(folder, info, sha256((folder / RECORD).read_bytes()))


def _take_place(fresh: Path, folder: Path) -> None:
    """Put a finished bundle where an older one may be; the older one is removed last."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(fresh, folder)
    shutil.rmtree(old, ignore_errors=True)
