"""Many paths, one answer each: pictures, videos, folders and cameras; a bad path does not stop the others."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtfas.deploy.answers import Answer, no_response
from mtfas.deploy.clips import ClipRule, record
from mtfas.deploy.overlay import draw
from mtfas.deploy.predictor import Predictor, is_clip
from mtfas.errors import BadFile, MtfasError
from mtfas.faces.image import find_images, is_hidden, read_image, write_image
from mtfas.faces.video import VIDEO_SUFFIXES, read_clip
from mtfas.types import ByteImage

CAMERA = re.compile(r"camera:(\d+)", re.ASCII)


@dataclass(frozen=True)
class Found:
    """A path, what was said of it, and what is wrong with the path itself, if anything."""

    path: str
    answer: Answer
    error: str | None = None


def judge(
    predictor: Predictor, paths: Sequence[str], rule: ClipRule, overlays: Path | None = None
) -> Iterator[Found]:
    """Judge paths one after another.

    Args:
        predictor: an opened bundle.
        paths: pictures, videos, folders or "camera:N". A folder is searched through.
        rule: how clips are judged.
        overlays: a folder that gets a picture of each answer: NUMBER-NAME.png, numbered as judged.

    Yields:
        One for each file or camera; a path that is not there, a folder without pictures, a camera that gives
        none, or a video where PyAV is missing have an error, and "no_response" as their answer.
    """
    number = 0
    for given in paths:
        try:
            files: list[str | Path] = [given] if CAMERA.fullmatch(given) else list(_files(Path(given)))
        except MtfasError as error:
            yield _failed(predictor, given, error)
            continue
        for file in files:
            number += 1
            try:
                answer, picture = _judge(predictor, file, rule, overlays is not None)
            except MtfasError as error:
                yield _failed(predictor, str(file), error)
                continue
            if overlays is not None and picture is not None:
                name = f"{number:04d}-{Path(str(file).replace(':', '-')).stem}.png"
                write_image(overlays / name, draw(picture, answer, predictor.bundle.crop))
            yield Found(str(file), answer)


def _failed(predictor: Predictor, path: str, error: MtfasError) -> Found:
    return Found(path, no_response("unreadable", predictor.threshold, advice=str(error)), str(error))


def _files(path: Path) -> list[Path]:
    """Return the pictures and videos below a folder, or the file itself.

    Raises:
        BadFile: there is nothing.
    """
    if not path.is_dir():
        return [path]
    videos = (file for file in path.rglob("*") if file.suffix.lower() in VIDEO_SUFFIXES and file.is_file())
    found = [*find_images(path), *(file for file in videos if not is_hidden(file.relative_to(path)))]
    if not found:
        raise BadFile(f"{path} holds no picture and no video; give another folder.")
    return sorted(found)


def _judge(
    predictor: Predictor, source: str | Path, rule: ClipRule, shown: bool
) -> tuple[Answer, ByteImage | None]:
    """Return the answer, and where it is to be shown the picture or frame it speaks of."""
    if isinstance(source, str):
        pictures = record(int(source.partition(":")[2]), rule.frames)
        answer = predictor.pictures(pictures, rule)
        return answer, pictures[answer.frame]
    answer = predictor.path(source, rule)
    return answer, _picture(source, answer) if shown and answer.reason != "unreadable" else None


def _picture(path: Path, answer: Answer) -> ByteImage | None:
    if not is_clip(path):
        return read_image(path)
    kept: dict[int, ByteImage]
    _, kept = read_clip(path, lambda total: [min(answer.frame, total - 1)], lambda _, picture: picture)
    return next(iter(kept.values()), None)
