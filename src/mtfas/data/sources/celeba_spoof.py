"""CelebA-Spoof as it is handed out: up to 625,537 images of 10,177 people.

    RAW/Data/{train,test}/<subject>/{live,spoof}/<image>.{jpg,png}   + <image>_BB.txt
    RAW/metas/intra_test/{train,test}_label.json                     "Data/…/<image>.jpg": 44 whole numbers

Of the 44 numbers, 40 are attributes of the face, then come the spoof type, the light, the environment, and 0
for live or 1 for spoof. There is no dev part: training subjects whose number is divisible by 10 are dev. What
the numbers of lights and environments stand for is not used. How many images of each class were published per
part is not stated by the makers, so tallies have no published numbers.
"""

import functools
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from mtfas.data.sources.layout import require_layout, some
from mtfas.data.sources.raw import NO_MEDIUM, RawItem, RawSet, natural_key, tally
from mtfas.errors import BadData, BadFile
from mtfas.faces.box_files import BoxFile
from mtfas.faces.image import IMAGE_SUFFIXES
from mtfas.types import BONA_FIDE, Label, Split

DATASET = "celeba-spoof"
RELEASE = "public"
LAYOUT = "RAW/Data/train/<subject>/live/….png, RAW/Data/test/…, RAW/metas/intra_test/train_label.json, …"
DATA, METAS = "Data", "metas/intra_test"
BOX_SUFFIX, BOXES = "_BB.txt", "celeba-spoof"

PARTS = {"train": Split.TRAIN, "test": Split.TEST}
FOLDERS = {"live": Label.LIVE, "spoof": Label.ATTACK}
DEV_EVERY = 10

TYPES = (
    (BONA_FIDE, NO_MEDIUM),
    ("print", "photo"),
    ("print", "poster"),
    ("print", "a4"),
    ("face_mask", "paper"),
    ("upper_body_mask", "paper"),
    ("region_mask", "paper"),
    ("replay", "pc"),
    ("replay", "pad"),
    ("replay", "phone"),
    ("mask_3d", "3d-mask"),
)
"""Species and medium by spoof type; that the three flat masks are of paper is from the surveys."""

NUMBERS, TYPE = 44, 40
"""Numbers of an entry, and which is the first that is used."""

Entry = tuple[int, int, int, int]
"""Type, light, environment, live or spoof."""


@dataclass
class _Odd:
    """Names that do not fit, by what is odd about them."""

    strange: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    blind: list[str] = field(default_factory=list)


def read_celeba_spoof(raw: Path) -> RawSet:
    """Read a copy of CelebA-Spoof by its names and its two lists; no image is opened.

    Raises:
        BadFile: a list is missing or is not what it should be, or a folder cannot be read.
        BadData: it is another set, a list disagrees with the folder of an image, a subject is no number, or
            there is no image.
    """
    require_layout(raw, DATASET, LAYOUT)
    odd = _Odd()
    items: list[RawItem] = []
    missing: list[str] = []
    for part in PARTS:
        if (raw / DATA / part).is_dir():
            entries = _read_list(raw / METAS / f"{part}_label.json")
            items += _items(raw, part, entries, odd)
            # What is left was taken by no image.
            missing += entries
    if not items:
        raise BadData(f"{raw} has no image of {DATASET}; expected {LAYOUT}: get it from the data's owners.")
    tallies = tally(items, lambda item: item.name.split("/", 2)[1], dict.fromkeys(PARTS))
    return RawSet(DATASET, items, release=RELEASE, deviations=_deviations(raw, odd, missing), tallies=tallies)


def _items(raw: Path, part: str, entries: dict[str, Entry], odd: _Odd) -> Iterator[RawItem]:
    """Yield the images of a part, and take their entries out of the list."""
    for folder, names in _walk(raw / DATA / part):
        place = folder.relative_to(raw).as_posix()
        images = [name for name in names if os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES]
        below = place.split("/")[2:]
        if len(below) != 2 or below[1] not in FOLDERS:
            odd.strange += [f"{place}/{name}" for name in images]
            continue
        subject, kind = below
        split = _split(folder, part, subject)
        boxes = {name for name in names if name.endswith(BOX_SUFFIX)}
        seen: set[str] = set()
        for image in images:
            name, stem = f"{place}/{image}", os.path.splitext(image)[0]
            if name not in entries:
                odd.unlisted.append(name)
                continue
            entry = entries.pop(name)
            _check(raw, part, name, entry, FOLDERS[kind])
            if stem in seen:
                odd.twice.append(name)
                continue
            seen.add(stem)
            box = f"{stem}{BOX_SUFFIX}" in boxes
            if not box:
                odd.blind.append(name)
            box_file = BoxFile(folder / f"{stem}{BOX_SUFFIX}", BOXES) if box else None
            yield _item(folder / image, name, entry, f"{DATASET}:{subject}", split, box_file)


def _walk(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield each folder with the names of its files, in natural order and without hidden ones.

    One listing a folder: a check of each of a million files would take longer than all the rest.
    """
    for place, folders, names in os.walk(folder, onerror=_refuse_unreadable, followlinks=True):
        folders[:] = _in_order(folders)
        yield Path(place), _in_order(names)


def _refuse_unreadable(error: OSError) -> None:
    raise BadFile(f"{error.filename} cannot be listed ({error.strerror}); check who may read it.") from error


def _in_order(names: list[str]) -> list[str]:
    return sorted((name for name in names if not name.startswith(".")), key=natural_key)


def _item(
    path: Path, name: str, entry: Entry, subject: str, split: Split, box_file: BoxFile | None
) -> RawItem:
    kind, light, environment, spoof = entry
    species, medium = TYPES[kind]
    about = _about(light, environment)
    return RawItem(
        path,
        name,
        spoof,
        species,
        subject,
        presentation=f"{DATASET}:{os.path.splitext(name)[0]}",
        session=about["environment"],
        medium=medium,
        split=split.value,
        box_file=box_file,
        about=about,
    )


@functools.cache
def _about(light: int, environment: int) -> Mapping[str, str]:
    """Return one mapping for all images taken alike: there are half a million of them."""
    return MappingProxyType({"light": f"light-{light}", "environment": f"environment-{environment}"})


def _split(folder: Path, part: str, subject: str) -> Split:
    if not (subject.isascii() and subject.isdecimal()):
        raise BadData(
            f"{folder} is of subject '{subject}', expected a number; get this folder again from the data's "
            "owners."
        )
    held_out = part == "train" and int(subject) % DEV_EVERY == 0
    return Split.DEV if held_out else PARTS[part]


def _check(raw: Path, part: str, name: str, entry: Entry, label: Label) -> None:
    """Refuse an entry that contradicts itself or the folder of its image."""
    kind, _, _, spoof = entry
    if spoof == label and (kind == 0) == (label == Label.LIVE):
        return
    raise BadData(
        f"{raw / METAS / f'{part}_label.json'} has type {kind} and label {spoof} for {name}, expected "
        f"{'type 0 and label 0' if label == Label.LIVE else 'a type from 1 and label 1'} by its folder; get "
        "the list again from the data's owners."
    )


def _read_list(path: Path) -> dict[str, Entry]:
    """Return what a list says of each image, without the 40 attributes of the face."""
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise BadFile(
            f"{path} cannot be read ({error.strerror}); it says what each image shows: get it from the "
            "data's owners."
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{path} is not JSON ({error}); get the list again from the data's owners.") from error
    if not isinstance(content, dict):
        raise BadFile(f"{path} is no JSON object of images; get the list again from the data's owners.")
    return {name: _entry(path, name, numbers) for name, numbers in content.items()}


def _entry(path: Path, name: str, numbers: object) -> Entry:
    if isinstance(numbers, list) and len(numbers) == NUMBERS and all(type(n) is int for n in numbers[TYPE:]):
        kind, light, environment, spoof = numbers[TYPE:]
        if 0 <= kind < len(TYPES) and light >= 0 and environment >= 0 and spoof in (0, 1):
            return kind, light, environment, spoof
    raise BadFile(
        f"{path} has {str(numbers)[-60:]} for {name}; expected {NUMBERS} whole numbers that end in the type "
        f"(0 to {len(TYPES) - 1}), light, environment and 0 or 1: get the list again from the data's owners."
    )


def _deviations(raw: Path, odd: _Odd, missing: list[str]) -> list[str]:
    found = [
        f"{DATA}/{part}/ is missing, so there is no {split.value} part."
        for part, split in PARTS.items()
        if not (raw / DATA / part).is_dir()
    ]
    beside = _in_order([path.name for path in (raw / DATA).iterdir() if path.name not in PARTS])
    sentences = {
        f"files and folders beside {DATA}/train and {DATA}/test, which are left out": beside,
        "images in folders that are not of this set, which are left out": odd.strange,
        "images that are there twice under two endings, of which the second is left out": odd.twice,
        "images without an entry in the lists, which are left out": odd.unlisted,
        "entries of the lists without an image": missing,
        f"images without a {BOX_SUFFIX} file, whose faces will be searched for": odd.blind,
    }
    return [*found, *(f"{what}: {some(names)}." for what, names in sentences.items() if names)]
