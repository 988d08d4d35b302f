"""CASIA-MFSD, Replay-Attack and MSU-MFSD laid out as handed out: every name by the published rule.

Videos are made by a `write(path, index)` that is given, by default as empty files; face boxes are real.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count, product
from pathlib import Path

from published_sets import MSU_CLIENTS, REPLAY_CLIENTS

from mtfas.types import Box

Write = Callable[[Path, int], object]
"""Makes a video; its number counts from 0 within a data set."""

FACE = Box(110.0, 60.0, 100.0, 120.0)
LINES = 3
"""Frames that a face box file names; the others have none."""

CASIA_FILES = ("1", "2", "3", "4", "5", "6", "7", "8", "HR_1", "HR_2", "HR_3", "HR_4")
LIGHTS = ("controlled", "adverse")
ENROLLED = 2
"""Clips of enrolment for each client of Replay-Attack."""

ATTACKS = ("print_{}_highdef_photo", "mobile_{}_mobile_photo", "mobile_{}_mobile_video",
           "highdef_{}_highdef_photo", "highdef_{}_highdef_video")  # fmt: skip
MSU_ATTACKS = ("ipad_video", "iphone_video", "printed_photo")
MSU_ENDINGS = {"android": "mp4", "laptop": "mov"}


def touch(path: Path, index: int) -> None:
    """Make an empty file."""
    path.touch()


def casia_mfsd(
    folder: Path,
    train: Iterable[int] = (1, 2, 10),
    test: Iterable[int] = (1, 2),
    write: Write = touch,
    box: Box | None = None,
    beside: bool = True,
    lines: int = LINES,
) -> Path:
    """Twelve clips a client; the release has no boxes, so there are some only where one is given.

    Args:
        folder: the root to make.
        train: clients of train_release; 10, 14, 16 and 20 are dev.
        test: clients of test_release.
        write: makes a video.
        box: the face in every frame.
        beside: whether boxes lie beside the clips, instead of in face-locations/.
        lines: frames that have a box.
    """
    clients = [("train_release", client) for client in train] + [("test_release", client) for client in test]
    names = [f"{release}/{client}/{file}" for (release, client), file in product(clients, CASIA_FILES)]
    for name in _written(folder, (f"{name}.avi" for name in names), write):
        if box:
            _face_file(folder / ("" if beside else "face-locations") / name, _xywh(box, lines))
    return folder


def replay_attack(
    folder: Path,
    clients: Mapping[str, Sequence[str]] | None = None,
    write: Write = touch,
    box: Box = FACE,
    prefix: str = "",
    lines: int = LINES,
) -> Path:
    """Four live clips, twenty attacks and two of enrolment a client, with face-locations/.

    Args:
        folder: the root to make.
        clients: three-digit clients of train, devel and test; by default one each.
        write: makes a video.
        box: the face in every frame.
        prefix: what comes before the parts' folders ("replayattack-" as their archives are called).
        lines: frames that have a box; one more line says that there is no face.
    """
    clients = clients or {part: ids[:1] for part, ids in REPLAY_CLIENTS.items()}
    pairs = [(part, client) for part, ids in clients.items() for client in ids]
    names = [f"{prefix}{part}/{name}.mov" for part, client in pairs for name in _replay_names(client)]
    for name in _written(folder, names, write):
        _face_file(folder / "face-locations" / name.as_posix().removeprefix(prefix), _xywh(box, lines))
    enrolment = (
        f"{prefix}enroll/{part}/client{client}_session01_webcam_enroll_controlled_{take}.mov"
        for (part, client), take in product(pairs, range(1, ENROLLED + 1))
    )
    list(_written(folder, enrolment, write, len(names)))
    return folder


def msu_mfsd(
    folder: Path,
    clients: Mapping[str, Sequence[str]] | None = None,
    write: Write = touch,
    box: Box = FACE,
    lines: int = LINES,
) -> Path:
    """Two live clips and six attacks a client, a .face file beside each, and the two official lists in full.

    Args:
        folder: the root to make.
        clients: two-digit clients of train and test; by default 02 and 03, 53 (who is dev), and 01.
        write: makes a video.
        box: the face in every frame.
        lines: frames that have a box.
    """
    clients = clients or {"train": ["02", "03", "53"], "test": ["01"]}
    names = [name for ids in clients.values() for client in ids for name in _msu_names(client)]
    for name in _written(folder, names, write):
        _face_file(folder / name, _corners(box, lines))
    # Copies differ in their line ends and blanks.
    (folder / "train_sub_list.txt").write_bytes("\r\n".join(MSU_CLIENTS["train"]).encode())
    (folder / "test_sub_list.txt").write_text(" ".join(MSU_CLIENTS["test"]) + " \n")
    (folder / "README.txt").write_text("MSU MFSD")
    return folder


def _replay_names(client: str) -> Iterator[str]:
    for light in LIGHTS:
        for take in (1, 2):
            yield f"real/client{client}_session01_webcam_authenticate_{light}_{take}"
        for support, attack in product(("fixed", "hand"), ATTACKS):
            yield f"attack/{support}/attack_{attack.format(f'client{client}_session01')}_{light}"


def _msu_names(client: str) -> Iterator[str]:
    for camera, ending in MSU_ENDINGS.items():
        who = f"client0{client}_{camera}_SD"
        yield f"scene01/real/real_{who}_scene01.{ending}"
        for attack in MSU_ATTACKS:
            yield f"scene01/attack/attack_{who}_{attack}_scene01.{ending}"


def _written(folder: Path, names: Iterable[str], write: Write, start: int = 0) -> Iterator[Path]:
    """Make the videos and yield their names without endings."""
    for name, index in zip(names, count(start)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, index)
        yield Path(name).with_suffix("")


def _face_file(stem: Path, text: str) -> None:
    stem.parent.mkdir(parents=True, exist_ok=True)
    stem.with_suffix(".face").write_text(text)


def _xywh(box: Box, lines: int) -> str:
    place = " ".join(f"{number:g}" for number in box.as_list())
    return "".join(f"{frame} {place}\n" for frame in range(lines)) + f"{lines} 0 0 0 0\n"


def _corners(box: Box, lines: int) -> str:
    right, bottom, eyes = box.left + box.width, box.top + box.height, box.top + 0.38 * box.height
    places = (
        box.left,
        box.top,
        right,
        bottom,
        box.left + 0.3 * box.width,
        eyes,
        right - 0.3 * box.width,
        eyes,
    )
    place = ",".join(f"{number:g}" for number in places)
    return "".join(f"{frame},{place}\n" for frame in range(lines))
