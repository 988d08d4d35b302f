"""A folder of live photographs: which files, of whom, and where the face is."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mtfas.errors import BadData, BadFile
from mtfas.faces.box import read_boxes
from mtfas.faces.detect import find_face
from mtfas.faces.image import find_images, read_image
from mtfas.types import Box

_PERSON_COLUMNS = ("subject", "person")


@dataclass(frozen=True)
class Photo:
    """One photograph.

    Attributes:
        path: the file.
        name: its path inside the folder, with /.
        who: a short name that is unique in the folder.
        subject: whose photograph it is.
        box: the face's box where the user gave one.
    """

    path: Path
    name: str
    who: str
    subject: str
    box: Box | None


@dataclass(frozen=True)
class Found:
    """A photograph with its face, or with the reason why there is none."""

    photo: Photo
    box: Box | None
    reason: str | None


def list_photos(folder: Path, subjects: Path | None, boxes: Path | None) -> list[Photo]:
    """Return all photographs below a folder.

    A photograph's subject is what the table says; else the first sub-folder it lies in; else it is its own.

    Args:
        folder: where to look.
        subjects: a CSV or TSV with the columns file and subject (or person).
        boxes: a CSV with the columns file, left, top, width, height.

    Raises:
        BadData: there is no photograph, or a table names none of them.
        BadFile: the folder is missing or a table is damaged.
    """
    if not folder.is_dir():
        raise BadFile(f"{folder} is not a folder; give the folder that holds the live photographs.")
    paths = find_images(folder)
    if not paths:
        raise BadData(f"{folder} holds no image file; give a folder of live photographs (JPEG, PNG, …).")
    names = [path.relative_to(folder).as_posix() for path in paths]
    people = {} if subjects is None else read_people(subjects)
    given = {} if boxes is None else read_boxes(boxes)
    for table, entries in ((subjects, people.keys()), (boxes, given.keys())):
        if table is not None and not entries & set(names):
            raise BadData(
                f"{table} names none of the files in {folder}, e.g. {names[0]}; check its column file."
            )
    return [
        Photo(path, name, f"photo-{number:04d}", _subject(name, people), given.get(name))
        for number, (path, name) in enumerate(zip(paths, names, strict=True))
    ]


def read_people(path: Path) -> dict[str, str]:
    """Read whose photograph each file is, from a CSV or TSV with the columns file and subject (or person).

    Raises:
        BadFile: the table is missing, not text, lacks a column, or has rows that cannot be used (all listed).
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path} cannot be read as a CSV or TSV in UTF-8 ({error}); check the path.") from error
    delimiter = "\t" if lines and "\t" in lines[0] else ","
    reader = csv.DictReader(lines, delimiter=delimiter, restval="")
    columns = reader.fieldnames or []
    column = next((name for name in _PERSON_COLUMNS if name in columns), None)
    if column is None or "file" not in columns:
        found = ", ".join(columns) or "nothing"
        raise BadFile(f"{path} must have the columns file and subject (or person); row 1 names {found}.")
    people: dict[str, str] = {}
    problems = []
    for row in reader:
        name, person = row["file"].strip(), row[column].strip()
        if not name or not person or people.get(name, person) != person:
            problems.append(f"row {reader.line_num}: file '{name}', {column} '{person}'")
        people[name] = person
    if problems:
        listing = "; ".join(problems[:20])
        raise BadFile(f"{path}: each row needs a file and one {column} for it; mend {listing}.")
    return people


def find_faces_in(photo: Photo) -> Found:
    """Return the photograph's largest face, or the reason why there is none."""
    try:
        image = read_image(photo.path)
    except BadFile as error:
        sentence = str(error).replace(str(photo.path), photo.name)
        return Found(photo, None, f"undecodable: {sentence}")
    box = photo.box or find_face(image)
    if box is None:
        return Found(photo, None, "no face found: haar finds none in this image")
    height, width = image.shape[:2]
    if box.left >= width or box.top >= height or box.left + box.width <= 0 or box.top + box.height <= 0:
        return Found(photo, None, f"bad box: {box.as_list()} lies outside the {width} × {height} pixels")
    return Found(photo, box, None)


def _subject(name: str, people: Mapping[str, str]) -> str:
    folder, slash, _ = name.partition("/")
    return people.get(name) or (folder if slash else Path(name).stem)
