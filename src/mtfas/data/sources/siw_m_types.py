"""What SiW-M's file names mean in its two releases, and how many clips of each type were published.

The stem decides, anchored at both ends: "Paper_7" is a print attack and "Mask_Paper_7" a paper mask. The
folders are only held against it. Partial_Eye and Partial_Mouth are one type in v1 and two in v2.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from mtfas.data.sources.raw import NO_MEDIUM, UNKNOWN
from mtfas.errors import BadData
from mtfas.types import BONA_FIDE

V1: Final = "v1"
V2: Final = "v2"


@dataclass(frozen=True)
class Kind:
    """One kind of clip.

    Attributes:
        species: PAI species, which `species_v1` replaces in v1.
        folder: where v1 has it; some copies have it below Spoof/.
        folders: the folder's names in v2, below Spoof/.
        clips: published numbers of clips in v1 and in v2.
        medium: which part of the face a partial paper covers.
        species_v1: where v1 counts it under another type.
    """

    species: str
    folder: str
    folders: tuple[str, ...]
    clips: tuple[int, int]
    medium: str = UNKNOWN
    species_v1: str | None = None

    def species_in(self, release: str) -> str:
        """Return the species under which a release counts it."""
        return self.species_v1 if release == V1 and self.species_v1 else self.species


LIVE = "Live"
SPOOF = "Spoof"
LIVE_FOLDERS = ("Train", "Test")
"""Below Live/ in v1: its published split of the live clips."""
PARTIAL = "partial_paper"

KINDS: dict[str, Kind] = {
    LIVE: Kind(BONA_FIDE, LIVE, (LIVE,), (660, 785), NO_MEDIUM),
    "Replay": Kind("replay", "Replay", ("Replay",), (99, 98)),
    "Paper": Kind("print", "Paper", ("Print", "Paper"), (118, 135)),
    "Mask_Half": Kind("half_mask", "Mask/HalfMask", ("Mask_HalfMask",), (72, 72)),
    "Mask_Silicone": Kind("silicone_mask", "Mask/SiliconeMask", ("Silicone", "Mask_SiliconeMask"), (27, 17)),
    "Mask_Trans": Kind("transparent_mask", "Mask/TransparentMask", ("Mask_TransparentMask",), (88, 60)),
    "Mask_Paper": Kind("paper_mask", "Mask/PaperMask", ("Mask_PaperMask",), (17, 17)),
    "Mask_Mann": Kind("mannequin", "Mask/MannequinHead", ("Mannequin", "Mask_MannequinHead"), (40, 40)),
    "Makeup_Ob": Kind("obfuscation_makeup", "Makeup/Obfuscation", ("Makeup_Obfuscation",), (23, 22)),
    "Makeup_Im": Kind("impersonation_makeup", "Makeup/Impersonation", ("Makeup_Impersonation",), (61, 61)),
    "Makeup_Co": Kind("cosmetic_makeup", "Makeup/Cosmetic", ("Makeup_Cosmetic",), (50, 52)),
    "Partial_Funnyeye": Kind(
        "funny_eye_glasses", "Partial/FunnyeyeGlasses", ("Partial_FunnyeyeGlasses",), (160, 179)
    ),
    "Partial_Paperglass": Kind("paper_glasses", "Partial/PaperGlasses", ("Partial_PaperGlasses",), (127, 76)),
    "Partial_Eye": Kind("partial_eye", "Partial/PaperCut", ("Partial_Eye",), (57, 57), "eye", PARTIAL),
    "Partial_Mouth": Kind(
        "partial_mouth", "Partial/PaperCut", ("Partial_Mouth",), (29, 29), "mouth", PARTIAL
    ),
}
"""From file stem (without the number) to what it is, in the order of the first release's table."""

LIVE_PARTS = {V1: {"live train": 528, "live test": 132}, V2: {"live": 785}}
"""Published numbers of live clips."""
ONE_LESS = {(V1, "replay"), (V1, "live test")}
"""Parts of which the released lists name one clip fewer than the paper counts: both numbers are right."""

NAME = re.compile(rf"({'|'.join(KINDS)})_([0-9]+)")


@dataclass(frozen=True)
class ClipName:
    """What a clip's file name says: a key of KINDS and a number from 1."""

    stem: str
    number: int

    @property
    def kind(self) -> Kind:
        """What the stem stands for."""
        return KINDS[self.stem]

    @property
    def is_live(self) -> bool:
        """Whether it shows a live face."""
        return self.stem == LIVE


def parse_name(stem: str, where: str) -> ClipName | None:
    """Read a clip's name; None where it is no known stem with a number.

    Args:
        stem: the file name without its ending.
        where: the file it comes from, for the message.

    Raises:
        BadData: the number is zero or written with leading zeros.
    """
    match = NAME.fullmatch(stem)
    if match is None:
        return None
    if match[2].startswith("0"):
        raise BadData(f"{where} has the number '{match[2]}'; SiW-M counts 1, 2, 3, …: mend the file's name.")
    return ClipName(match[1], int(match[2]))


def _holds() -> dict[str, frozenset[str]]:
    """Return the stems that each known folder may hold."""
    holds: dict[str, set[str]] = {SPOOF: set(KINDS) - {LIVE}}
    for stem, kind in KINDS.items():
        for folder in {*kind.folder.split("/"), *kind.folders}:
            holds.setdefault(folder, set()).add(stem)
    return {folder: frozenset(stems) for folder, stems in holds.items()}


HOLDS = _holds()
FOLDERS = {
    V1: {part for kind in KINDS.values() for part in kind.folder.split("/")},
    V2: {folder for kind in KINDS.values() for folder in kind.folders},
}
SURE = {V1: FOLDERS[V1] - FOLDERS[V2], V2: FOLDERS[V2] - FOLDERS[V1]}
"""Folders that one release has and the other has not."""


def release_of(name: ClipName, path: PurePosixPath) -> str | None:
    """Return the release that a clip's place tells of, or None: both have Paper/ and Replay/.

    Args:
        name: the clip's name.
        path: where it lies, relative to the data set.
    """
    folders = path.parts[:-1]
    if name.is_live:
        v1 = LIVE in folders and any(folder in LIVE_FOLDERS for folder in folders)
        return V1 if v1 else V2 if folders[-1:] == (LIVE,) else None
    return next((release for release, sure in SURE.items() if not sure.isdisjoint(folders)), None)


def refuse_wrong_folder(name: ClipName, path: PurePosixPath, where: str) -> None:
    """Refuse a clip whose folder is another type's: one of the two is wrong, and nobody can say which.

    Raises:
        BadData: it lies there.
    """
    for folder in path.parts[:-1]:
        if name.stem not in HOLDS.get(folder, {name.stem}):
            raise BadData(
                f"{where} is named {name.stem} ({name.kind.species}) but lies in {folder}/, which holds "
                f"{', '.join(sorted(HOLDS[folder]))}; move it to where it was handed out."
            )


def published(release: str, part: str, found: int | None) -> int:
    """Return the published number of clips in a part; of two right ones, that which a copy has.

    Args:
        release: v1 or v2.
        part: a species, or a key of LIVE_PARTS.
        found: clips of that part in this copy.
    """
    number = LIVE_PARTS[release].get(part) or sum(
        kind.clips[release == V2] for kind in KINDS.values() if kind.species_in(release) == part
    )
    return number - 1 if (release, part) in ONE_LESS and found == number - 1 else number


def parts(release: str) -> list[str]:
    """Return the parts with a published number: the live ones, then the species in v1's order."""
    species = [kind.species_in(release) for stem, kind in KINDS.items() if stem != LIVE]
    return [*LIVE_PARTS[release], *dict.fromkeys(species)]
