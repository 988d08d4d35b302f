"""Your own photographs and videos, listed in a CSV; the most exact way to say what is what.

Columns: file, label, species, subject; and, where known: split, session, camera, medium, presentation, frame,
left, top, width, height. Files are relative to the CSV's folder. A video is a presentation of its own, its
box is for all its frames, and it has no `frame`: which are taken is chosen when it is prepared.
"""

from collections import Counter
from pathlib import Path, PurePosixPath

from mtfas.data.sources.raw import UNKNOWN, RawItem, RawSet
from mtfas.errors import BadData
from mtfas.faces.box import BOX_COLUMNS, parse_box
from mtfas.faces.table import read_table, refuse_problems
from mtfas.types import BONA_FIDE, Box, Label, Split

REQUIRED = ("file", "label", "species", "subject")
LABELS = {
    **dict.fromkeys(("0", "live", "bona_fide", "bonafide", "bona fide", "real", "genuine"), Label.LIVE),
    **dict.fromkeys(("1", "attack", "spoof", "fake", "presentation_attack"), Label.ATTACK),
}
"""The words for the two labels, in lower case."""

Record = dict[str, str]


def read_csv(raw: Path) -> RawSet:
    """Read a CSV file as a raw data set.

    Raises:
        BadFile: the CSV is missing or no CSV, or has rows that make no sense; all are listed with their rows.
        BadData: it lists no image or video.
    """
    faces: list[RawItem] = []
    problems: list[str] = []
    frames: Counter[str] = Counter()
    for row, record in read_table(raw, REQUIRED):
        face, wrong = _read_row(raw.parent, record, frames)
        problems += [f"row {row}: {problem}" for problem in wrong]
        faces.append(face)
        frames[face.presentation] += 1
    problems += _contradictions(faces)
    refuse_problems(raw, problems)
    if not faces:
        raise BadData(f"{raw} lists no image or video; write one row for each.")
    return RawSet(raw.stem, faces)


def _read_row(folder: Path, record: Record, frames: Counter[str]) -> tuple[RawItem, list[str]]:
    """Return the face and what is wrong with it; a face with problems is never used."""
    wrong: list[str] = []
    name = _file(folder, record["file"], wrong)
    label, species = _species(record, wrong)
    presentation = record.get("presentation") or name
    face = RawItem(
        folder / name,
        name,
        int(label),
        species,
        record["subject"],
        presentation,
        _frame(record.get("frame", ""), frames[presentation], wrong),
        record.get("session") or UNKNOWN,
        record.get("camera") or UNKNOWN,
        record.get("medium") or UNKNOWN,
        _split(record.get("split", ""), wrong),
        _box(record, wrong),
    )
    if face.is_clip and (record.get("frame") or presentation != name):
        wrong.append("a video is a presentation of its own and has no frame; leave both columns empty")
    if not face.subject:
        wrong.append("subject is empty; write who is shown, so that nobody is in train and test")
    return face, wrong


def _file(folder: Path, name: str, wrong: list[str]) -> str:
    if not name:
        wrong.append("file is empty")
    elif PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        wrong.append(f"file '{name}' must be relative to the CSV's folder and stay within it")
    elif not (folder / name).is_file():
        wrong.append(f"file '{name}' does not exist in {folder}")
    elif not (folder / name).resolve().is_relative_to(folder.resolve()):
        wrong.append(f"file '{name}' is a link that leads out of the CSV's folder")
    return PurePosixPath(name).as_posix()


def _species(record: Record, wrong: list[str]) -> tuple[Label, str]:
    label, species = LABELS.get(record["label"].lower()), record["species"]
    bona_fide = LABELS.get(species.lower()) is Label.LIVE
    if label is None:
        wrong.append(f"label is '{record['label']}', expected live (0) or attack (1)")
    elif label is Label.ATTACK and not species:
        wrong.append("species is empty but label is attack; write the instrument, e.g. print or replay")
    elif label is Label.ATTACK and bona_fide:
        wrong.append(f"label is attack but species is '{species}'")
    elif label is Label.LIVE and species and not bona_fide:
        wrong.append(
            f"label is live but species is '{species}'; live faces have species '{BONA_FIDE}' or none"
        )
    return (Label.ATTACK, species) if label is Label.ATTACK else (Label.LIVE, BONA_FIDE)


def _frame(text: str, following: int, wrong: list[str]) -> int:
    if text and not (text.isascii() and text.isdigit() and int(text) < 2**31):
        wrong.append(f"frame is '{text}', expected a whole number from 0")
        return following
    return int(text) if text else following


def _split(text: str, wrong: list[str]) -> str | None:
    if text and text not in set(Split):
        wrong.append(f"split is '{text}', expected {', '.join(Split)}")
    return text or None


def _box(record: Record, wrong: list[str]) -> Box | None:
    if not any(record.get(column) for column in BOX_COLUMNS):
        return None
    try:
        return parse_box({column: record.get(column, "") for column in BOX_COLUMNS})
    except ValueError as error:
        wrong.append(str(error))
        return None


def _contradictions(faces: list[RawItem]) -> list[str]:
    """Return what no row says alone: files and frames named twice, clips of two minds, missing splits."""
    found = [
        f"file '{name}' is listed {n} times" for name, n in Counter(f.name for f in faces).items() if n > 1
    ]
    frames = Counter((face.presentation, face.frame) for face in faces)
    found += [f"presentation '{at[0]}' has frame {at[1]} {n} times" for at, n in frames.items() if n > 1]
    whose: dict[str, set[tuple[str, str, str | None]]] = {}
    for face in faces:
        whose.setdefault(face.presentation, set()).add((face.subject, face.species, face.split))
    mixed = [clip for clip, owners in whose.items() if len(owners) > 1]
    found += [f"presentation '{clip}' has rows of different subject or species or split" for clip in mixed]
    unsplit = sum(face.split is None for face in faces)
    if 0 < unsplit < len(faces):
        found.append(f"{unsplit} of {len(faces)} rows have no split; give it for all rows or for none")
    return found
