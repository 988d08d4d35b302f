"""Your own photographs and videos, sorted into folders.

    RAW/live/<subject>/photo.jpg               RAW/attack/<species>/<subject>/photo.jpg
    RAW/live/<subject>/clip.mp4                RAW/attack/<species>/<subject>/clip.mp4
    RAW/live/<subject>/<clip>/frame7.jpg       RAW/attack/<species>/<subject>/<clip>/frame7.jpg

A subject is the same person under every species. Files not in a subject's folder are taken as a person each.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from mtfas.data.sources.layout import find_files
from mtfas.data.sources.raw import RawItem, RawSet, natural_key
from mtfas.errors import BadData
from mtfas.faces.image import IMAGE_SUFFIXES, is_hidden
from mtfas.faces.video import VIDEO_SUFFIXES
from mtfas.types import BONA_FIDE, Label

SUFFIXES = IMAGE_SUFFIXES | VIDEO_SUFFIXES
LAYOUT = "expected RAW/live/<subject>/… and RAW/attack/<species>/<subject>/…"
CLASSES = {"live": Label.LIVE, "attack": Label.ATTACK}


def read_folder(raw: Path) -> RawSet:
    """Read a folder with live/ and attack/ (in any case) as a raw data set.

    Raises:
        BadData: there is no such folder, no live/ or attack/ in it, one of them holds no image, an attack
            lies in no species' folder, or a file's name is not UTF-8.
    """
    if not raw.is_dir():
        raise BadData(f"{raw} is not a folder; {LAYOUT}.")
    folders = {name: _class_folders(raw, name) for name in CLASSES}
    missing = [f"{name}/" for name, found in folders.items() if not found]
    if missing:
        raise BadData(f"{raw} has no folder {' and no folder '.join(missing)}; {LAYOUT}.")
    images = [(path, CLASSES[name]) for name in CLASSES for path in _images(folders[name], name)]
    _refuse_unwritable_names([path for path, _ in images])
    _refuse_no_species(raw, [path for path, label in images if label is Label.ATTACK])
    faces = [_raw_face(raw, path, label) for path, label in images]
    return RawSet(raw.resolve().name, _with_frames(faces), _warnings(raw, faces))


def _class_folders(raw: Path, name: str) -> list[Path]:
    return sorted(path for path in raw.iterdir() if path.is_dir() and path.name.lower() == name)


def _images(folders: list[Path], name: str) -> list[Path]:
    images = [path for folder in folders for path in find_files(folder, SUFFIXES)]
    if not images:
        raise BadData(f"{folders[0]} holds no image or video, so there are no {name} faces; {LAYOUT}.")
    return sorted(images, key=lambda path: natural_key(path.as_posix()))


def _refuse_unwritable_names(paths: list[Path]) -> None:
    bad = [path for path in paths if any("\ud800" <= letter <= "\udfff" for letter in str(path))]
    if bad:
        raise BadData(
            f"{len(bad)} file name(s) are not UTF-8, e.g. {str(bad[0])!a}; rename these files and folders."
        )


def _refuse_no_species(raw: Path, attacks: list[Path]) -> None:
    stray = [path for path in attacks if len(path.relative_to(raw).parts) < 3]
    if stray:
        raise BadData(
            f"{len(stray)} file(s) lie directly in {stray[0].parent}, e.g. {stray[0].name}; put them into a "
            "folder named after the attack species, e.g. attack/print/."
        )
    false = next((path for path in attacks if path.relative_to(raw).parts[1].lower() == BONA_FIDE), None)
    if false:
        raise BadData(
            f"{false} is an attack of species '{BONA_FIDE}'; move it to live/ or rename its folder."
        )


def _raw_face(raw: Path, path: Path, label: Label) -> RawItem:
    name = path.relative_to(raw).as_posix()
    parts = name.split("/")
    species, below = (BONA_FIDE, parts[1:]) if label is Label.LIVE else (parts[1], parts[2:])
    alone = len(below) == 1
    frame_of_clip = len(below) > 2 and path.suffix.lower() not in VIDEO_SUFFIXES
    return RawItem(
        path,
        name,
        int(label),
        species,
        # The slash keeps a lone image's name apart from every subject's folder.
        subject=name if alone else below[0],
        presentation="/".join(parts[:-1]) if frame_of_clip else name,
    )


def _with_frames(faces: list[RawItem]) -> list[RawItem]:
    seen: Counter[str] = Counter()
    numbered = []
    for face in faces:
        numbered.append(replace(face, frame=seen[face.presentation]))
        seen[face.presentation] += 1
    return numbered


def _warnings(raw: Path, faces: list[RawItem]) -> list[str]:
    found = []
    alone = [face.name for face in faces if face.subject == face.name]
    if alone:
        found.append(
            f"{len(alone)} file(s) lie in no subject's folder, e.g. {alone[0]}; each is taken as a person "
            "of its own, so the same person may be in train and test."
        )
    files = [path for path in raw.rglob("*") if path.is_file() and not is_hidden(path.relative_to(raw))]
    endings = [path.suffix.lower() for path in files]
    other = Counter(ending or "none" for ending in endings if ending not in SUFFIXES)
    if other:
        listing = ", ".join(f"{suffix} × {count}" for suffix, count in sorted(other.items()))
        found.append(f"{other.total()} file(s) are left out because of their endings: {listing}.")
    stray = len(files) - other.total() - len(faces)
    if stray:
        found.append(f"{stray} file(s) are left out because they lie outside live/ and attack/.")
    return found
