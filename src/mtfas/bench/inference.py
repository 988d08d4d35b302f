"""`mtfas bench inference`: what a picture costs from file to verdict, stage by stage, and the network alone.

A picture goes the way of `Predictor.picture`: decoded, searched for a face, cut out and passed by the gates,
scored. Nothing here needs torch; where it is installed, the detector in torch is timed beside.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from mtfas.bench.pictures import render_pictures
from mtfas.deploy.gates import distinct_faces, fault_of_crop
from mtfas.deploy.predictor import Predictor
from mtfas.deploy.session import open_session
from mtfas.errors import BadData, BadFile
from mtfas.faces.crop import crop_face
from mtfas.faces.detect import find_faces
from mtfas.faces.image import find_images, read_image
from mtfas.runtime.progress import track
from mtfas.runtime.seeds import stream
from mtfas.types import Direction

if TYPE_CHECKING:
    from mtfas.deploy.bundle import Bundle

STAGES = ("decode", "detect", "crop", "net")
BATCHES, THREADS = (1, 8, 32), (1, 2)
RUNTIME, BESIDE = "onnxruntime", "torch"

SETTLE = 0.01
"""Seconds before each call of a network: ONNX Runtime's threads spin for a while after the last one, and
would take a core from whatever is timed next."""

Key = tuple[str, int, int]
"""(runtime, threads, batch)."""


@dataclass(frozen=True)
class PictureCost:
    """What a picture of one kind costs, on one thread; medians over pictures and rounds.

    Attributes:
        pictures: which: a size, or "given".
        n: how many were timed.
        without_face: how many were not, because no face was found in them.
        milliseconds: of each stage.
        per_second: pictures, by the median of the whole way.
        bound: the stage that takes longest.
        share: of all stages' time that goes there.
    """

    pictures: str
    n: int
    without_face: int
    milliseconds: dict[str, float]
    per_second: float
    bound: str
    share: float


@dataclass(frozen=True)
class NetCost:
    """What the network alone costs a face.

    Attributes:
        runtime: "onnxruntime" or "torch".
        threads: of the runtime.
        batch: faces in a call.
        milliseconds: of a face, median.
        best: of a face, the fastest round: what is left when other work takes the cores in between.
    """

    runtime: str
    threads: int
    batch: int
    milliseconds: float
    best: float


@contextmanager
def pictures_to_time(folder: Path | None, seed: int) -> Iterator[dict[str, list[Path]]]:
    """Give the pictures of a folder as "given", or rendered ones by their size.

    Raises:
        BadFile: the folder holds no picture.
    """
    if folder is None:
        with TemporaryDirectory() as scratch:
            yield render_pictures(Path(scratch), seed)
        return
    found = find_images(folder) if folder.is_dir() else []
    if not found:
        raise BadFile(f"{folder} is no folder of pictures; give one, or leave --pictures out.")
    yield {"given": found}


def picture_costs(
    predictor: Predictor, files: Mapping[str, Sequence[Path]], rounds: int
) -> list[PictureCost]:
    """Time every stage on every picture, in turn, round after round; the first round does not count.

    Raises:
        BadData: no face is found in any picture of a kind.
    """
    order = [(kind, path) for kind, paths in files.items() for path in paths]
    found: dict[str, dict[Path, list[list[float]]]] = {kind: {} for kind in files}
    for number in track(range(rounds + 1), "timing pictures", rounds + 1):
        for kind, path in order:
            seconds = stages(predictor, path)
            if number and seconds is not None:
                found[kind].setdefault(path, []).append(seconds)
    return [_picture_cost(kind, found[kind], len(files[kind])) for kind in files]


def stages(predictor: Predictor, path: Path) -> list[float] | None:
    """Return the seconds of each of STAGES for one picture; None where there is no face to go on with."""
    bundle = predictor.bundle
    ticks = [time.perf_counter()]
    rgb = read_image(path)
    ticks.append(time.perf_counter())
    boxes = distinct_faces(find_faces(rgb, bundle.face_detector))
    ticks.append(time.perf_counter())
    if not boxes:
        return None
    crop = crop_face(rgb, boxes[0], bundle.crop)
    fault_of_crop(crop, bundle.crop, bundle.gates)
    ticks.append(time.perf_counter())
    predictor.session.run(crop[None])
    ticks.append(time.perf_counter())
    return [later - earlier for earlier, later in pairwise(ticks)]


def _picture_cost(kind: str, seconds: Mapping[Path, list[list[float]]], pictures: int) -> PictureCost:
    if not seconds:
        raise BadData(f"no face is found in any of the {pictures} pictures ({kind}); give others.")
    every: Any = np.array([row for rows in seconds.values() for row in rows])
    medians = dict(zip(STAGES, (1e3 * np.median(every, axis=0)).tolist(), strict=True))
    bound = max(STAGES, key=lambda stage: medians[stage])
    return PictureCost(
        kind,
        len(seconds),
        pictures - len(seconds),
        medians,
        1 / float(np.median(every.sum(axis=1))),
        bound,
        medians[bound] / sum(medians.values()),
    )


def net_costs(bundle: "Bundle", rounds: int, threads: Sequence[int] = THREADS) -> list[NetCost]:
    """Time the network on noise by batch and threads, in ONNX Runtime, and in torch if it is there."""
    calls: dict[Key, Callable[[], object]] = {}
    for count in threads:
        session = open_session(bundle, threads=count)
        for batch in BATCHES:
            crops = _noise(batch, bundle.crop.size)
            calls[RUNTIME, count, batch] = lambda run=session.run, crops=crops: run(crops)  # type: ignore[misc]
    calls |= _in_torch(bundle, threads)
    seconds: dict[Key, list[float]] = {key: [] for key in calls}
    for _ in track(range(rounds), "timing the network", rounds):
        for key, call in calls.items():
            time.sleep(SETTLE)
            call()  # fetches weights and code into caches again
            begun = time.perf_counter()
            call()
            seconds[key].append(time.perf_counter() - begun)
    return [
        NetCost(*key, 1e3 * statistics.median(found) / key[2], 1e3 * min(found) / key[2])
        for key, found in seconds.items()
    ]


def _in_torch(bundle: "Bundle", threads: Sequence[int]) -> dict[Key, Callable[[], object]]:
    """Return the same network with fresh weights, which cost the same, run by torch; {} without it."""
    try:
        import torch
    except ModuleNotFoundError:
        return {}
    from mtfas.deploy.scored import scored
    from mtfas.models import build_detector

    name = bundle.info["training"]["detector"]
    module = scored(build_detector(name, seed=0), Direction(bundle.info["direction"]))

    def call(count: int, batch: int) -> Callable[[], object]:
        crops = torch.from_numpy(_noise(batch, bundle.crop.size))

        def run() -> object:
            torch.set_num_threads(count)
            with torch.inference_mode():
                return module(crops)

        return run

    return {(BESIDE, count, batch): call(count, batch) for count in threads for batch in BATCHES}


def as_json(pictures: Sequence[PictureCost], nets: Sequence[NetCost]) -> dict[str, Any]:
    """Return the figures as JSON values."""
    return {"pictures": [asdict(one) for one in pictures], "net": [asdict(one) for one in nets]}


def _noise(count: int, side: int) -> Any:
    return stream(0, "inference").integers(0, 256, (count, side, side, 3), dtype=np.uint8)
