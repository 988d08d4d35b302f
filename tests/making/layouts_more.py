"""SiW, CelebA-Spoof, ROSE-Youtu and Replay-Mobile laid out as handed out: small, but with every kind of clip.

Videos and images are made by a `write(path, index)` that is given, by default as empty files; lists and face
boxes are real.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path

from mtfas.types import Box

Write = Callable[[Path, int], object]
"""Makes a video or an image; its number counts from 0 within a data set."""

SIW_SUBJECTS = {"Train": ("003", "032", "033"), "Test": ("001", "002")}
"""003 is dev."""

CELEBA_SUBJECTS = {"train": ("7", "10", "21"), "test": ("8",)}
"""10 is dev."""
CELEBA_BOX = Box(56.0, 28.0, 112.0, 168.0)
"""The middle half of a picture, from an eighth to seven eighths of its height, as it is written: of 224."""
CELEBA_TYPES = range(1, 11)

ROSE_PERSONS = (2, 11, 23)
ROSE_KINDS = ("G", "Ps", "Pq", "Vl", "Vm", "Mc", "Mf", "Mu")
ROSE_DEVICES = ("5s", "HS", "HW", "IP", "ZTE")


def _ids(*numbers: int) -> list[str]:
    return [f"{number:03d}" for number in numbers]


REPLAY_MOBILE_CLIENTS = {
    "train": _ids(1, 3, 8, 11, 12, 16, 18, 20, 26, 34, 37, 38),
    "devel": _ids(5, 6, 13, 14, 15, 23, 24, 25, 28, 29, 31, 32, 35, 36, 39, 40),
    "test": _ids(2, 4, 7, 9, 10, 17, 19, 21, 22, 27, 30, 33),
}
WITHOUT_LIVE = "009"
"""The client of Replay-Mobile who was never filmed live for PAD."""


def touch(path: Path, index: int) -> None:
    """Make an empty file."""
    path.touch()


def siw(
    folder: Path,
    subjects: Mapping[str, Iterable[str]] = SIW_SUBJECTS,
    write: Write = touch,
    face: bool = True,
) -> Path:
    """Eight live clips, four prints and sixteen replays a subject; the release lacks some of them.

    Args:
        folder: the root to make.
        subjects: three-digit subjects of Train and Test.
        write: makes a video.
        face: whether the makers' .face files lie beside the clips.
    """
    people = [(part, subject) for part, group in subjects.items() for subject in group]
    names = [f"{part}/{name}.mov" for part, subject in people for name in _siw_names(subject)]
    for path in _written(folder, names, write):
        if face:
            path.with_suffix(".face").write_text("0 0 0 1 1\n")
    return folder


def celeba_spoof(
    folder: Path,
    subjects: Mapping[str, Sequence[str]] = CELEBA_SUBJECTS,
    write: Write = touch,
    box: Box | None = CELEBA_BOX,
) -> Path:
    """Two live images and a spoof of each of the ten types a subject, boxes beside them, and both lists.

    Args:
        folder: the root to make.
        subjects: numbers of the subjects of train and test.
        write: makes an image.
        box: the face in every image, in a picture thought 224 × 224 large; None for no files with boxes.
    """
    index = 0
    for part, group in subjects.items():
        entries: dict[str, list[int]] = {}
        for subject in group:
            for kind in (0, 0, *CELEBA_TYPES):
                name = f"Data/{part}/{subject}/{'spoof' if kind else 'live'}/{index:06d}"
                name += ".jpg" if kind else ".png"
                entries[name] = [0] * 40 + [
                    kind,
                    kind % 4 + 1 if kind else 0,
                    2 if kind else 0,
                    int(kind > 0),
                ]
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                write(folder / name, index)
                index += 1
        write_list(folder, part, entries)
        if box:
            for name in entries:
                _celeba_box(folder / name, box)
    return folder


def write_list(folder: Path, part: str, entries: Mapping[str, object]) -> Path:
    """Write a list of CelebA-Spoof."""
    path = folder / "metas/intra_test" / f"{part}_label.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entries))
    return path


def rose_youtu(folder: Path, persons: Iterable[int] = ROSE_PERSONS, write: Write = touch) -> Path:
    """Each kind with each device, once talking with glasses and once silent without: 80 clips a person.

    Args:
        folder: the root to make.
        persons: of 2-7, 9-18 and 20-23; up to 10 they are train, 11 and 12 dev, the others test.
        write: makes a video.
    """
    looks = (("T", "g"), ("NT", "wg"))
    names = [
        f"{person}/{kind}_{speech}_{device}_{glasses}_E_{person}_{number}.mp4"
        for person in persons
        for number, (kind, device, (speech, glasses)) in enumerate(
            product(ROSE_KINDS, ROSE_DEVICES, looks), 1
        )
    ]
    list(_written(folder, names, write))
    return folder


def replay_mobile(
    folder: Path, clients: Mapping[str, Sequence[str]] | None = None, write: Write = touch, enrolled: int = 2
) -> Path:
    """Ten live clips and sixteen attacks a client, and some of enrolment; client 009 has no live clip.

    Args:
        folder: the root to make.
        clients: three-digit clients of train, devel and test; by default one each.
        write: makes a video.
        enrolled: clips of enrolment for each client.
    """
    clients = clients or {part: group[:1] for part, group in REPLAY_MOBILE_CLIENTS.items()}
    people = [(part, client) for part, group in clients.items() for client in group]
    names = [f"{part}/{name}.mov" for part, client in people for name in _replay_mobile_names(client)]
    names += [
        f"enroll/{part}/client{client}_session01_enroll_mobile_light{number}.mov"
        for (part, client), number in product(people, range(enrolled))
    ]
    list(_written(folder, names, write))
    return folder


def _siw_names(subject: str) -> Iterator[str]:
    for sensor, medium, session in product("12", "12", "12"):
        yield f"live/{subject}/{subject}-{sensor}-1-{medium}-{session}"
    for medium, session in product("12", "12"):
        yield f"spoof/{subject}/{subject}-1-2-{medium}-{session}"
    for sensor, medium, session in product("12", "1234", "12"):
        yield f"spoof/{subject}/{subject}-{sensor}-3-{medium}-{session}"


def _replay_mobile_names(client: str) -> Iterator[str]:
    lights = ("controlled", "adverse", "direct", "lateral", "diffuse")
    for camera, light in product(("mobile", "tablet"), lights if client != WITHOUT_LIVE else ()):
        yield f"real/client{client}_session01_authenticate_{camera}_{light}"
    kinds = ("print_{}_{}_photo", "mattescreen_fixed_{}_photo", "mattescreen_fixed_{}_video")
    for camera, light in product(("mobile", "tablet"), ("lighton", "lightoff")):
        instruments = [kinds[0].format(support, camera) for support in ("fixed", "hand")]
        instruments += [kind.format(camera) for kind in kinds[1:]]
        for instrument in instruments:
            yield f"attack/attack_client{client}_session01_{instrument}_{light}"


def _written(folder: Path, names: Iterable[str], write: Write) -> Iterator[Path]:
    """Make the videos and yield where they are."""
    for index, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, index)
        yield path


def _celeba_box(image: Path, box: Box) -> None:
    numbers = " ".join(f"{number:g}" for number in (*box.as_list(), 0.99))
    image.with_name(f"{image.stem}_BB.txt").write_text(numbers + "\n")
