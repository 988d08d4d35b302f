"""SiW-M as it is handed out, in either of its two releases; they are told apart and never mixed.

    v1: RAW/Live/Train/Live_1.mov   RAW/Live/Test/…   RAW/Mask/HalfMask/Mask_Half_1.mov   …
    v2: RAW/Live/Live_1.mov   RAW/Spoof/Mask_HalfMask/Mask_Half_1.mov   …   and text lists

Names carry no person, so each clip is a subject of its own. Attacks are train or dev, never test: the
protocols test all clips of a species that is left out.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mtfas.data.sources.layout import find_files, refuse_derived, require_layout, some
from mtfas.data.sources.raw import RawItem, RawSet, Tally, natural_key, tally
from mtfas.data.sources.siw_m_types import (
    LIVE_FOLDERS,
    LIVE_PARTS,
    V1,
    V2,
    ClipName,
    parse_name,
    parts,
    published,
    refuse_wrong_folder,
    release_of,
)
from mtfas.errors import BadData, BadFile
from mtfas.faces.video import VIDEO_SUFFIXES
from mtfas.types import Label, Split

DATASET = "siw-m"
LAYOUT = "RAW/Live/… and RAW/Spoof/… (v2), or RAW/Live/Train/…, RAW/Live/Test/…, RAW/Mask/… (v1)"
SUFFIX = ".mov"
LISTS = {Split.TRAIN: "trainlist_live.txt", Split.TEST: "testlist_live.txt"}
"""The live split that is handed out with v2, wherever it was unpacked."""
ENTRY = re.compile(rf"(Live_[1-9][0-9]*)(?i:{re.escape(SUFFIX)})?")
DEV_EVERY = 5
TEST_SHARE = 5

PERSONS = (
    "SiW-M's names carry no person, so each clip counts as a subject of its own, and the same person may be "
    "in train, dev and test."
)
DEV = f"SiW-M has no dev part; training clips whose number is divisible by {DEV_EVERY} are taken for it."


@dataclass(frozen=True)
class LiveSplit:
    """How the live clips are split, and what is to be said about it.

    Attributes:
        of: the split of a live clip.
        warnings: as in RawSet.
        deviations: as in RawSet.
    """

    of: Callable[[ClipName, PurePosixPath], Split]
    warnings: list[str] = field(default_factory=list)
    deviations: list[str] = field(default_factory=list)


Clips = Mapping[PurePosixPath, ClipName]
"""From where a clip lies, relative to the data set, to what its name says."""


def read_siw_m(raw: Path) -> RawSet:
    """Read a copy of SiW-M v1 or v2 by its names; no video is opened.

    Raises:
        BadFile: a list is not text.
        BadData: it is another set, a copy of frames, or both releases; a clip lies in another type's folder
            or is there twice; a list makes no sense.
    """
    require_layout(raw, DATASET, LAYOUT)
    videos = find_files(raw, VIDEO_SUFFIXES)
    refuse_derived(raw, DATASET, videos)
    clips, strange = _named(raw, videos)
    release = _release(raw, clips)
    homeless = _homeless(clips, release)
    used = {path: name for path, name in clips.items() if path not in homeless}
    live = _live_split(raw, used, release)
    items = [_item(raw, path, name, release, live) for path, name in used.items()]
    tallies = _tallies(items, release)
    return RawSet(
        DATASET,
        items,
        [PERSONS, DEV, *live.warnings],
        release,
        [*_strange(strange, homeless), *_encoded_again(items), *live.deviations],
        tallies,
    )


def _named(raw: Path, videos: Iterable[Path]) -> tuple[dict[PurePosixPath, ClipName], list[str]]:
    """Return the clips with a known name, and the names of the others."""
    clips: dict[PurePosixPath, ClipName] = {}
    strange: list[str] = []
    seen: dict[ClipName, Path] = {}
    for path in videos:
        relative = PurePosixPath(path.relative_to(raw).as_posix())
        name = parse_name(path.stem, str(path))
        if name is None:
            strange.append(str(relative))
            continue
        refuse_wrong_folder(name, relative, str(path))
        if seen.setdefault(name, path) != path:
            raise BadData(f"{seen[name]} and {path} are the same clip {path.stem}; keep the one handed out.")
        clips[relative] = name
    return clips, strange


def _release(raw: Path, clips: Clips) -> str:
    marks: dict[str, PurePosixPath] = {}
    for path, name in clips.items():
        release = release_of(name, path)
        if release:
            marks.setdefault(release, path)
    if len(marks) > 1:
        raise BadData(
            f"{raw} holds v1 (e.g. {marks[V1]}) and v2 (e.g. {marks[V2]}) of SiW-M; they are not comparable: "
            "give a folder with one of them."
        )
    if not marks:
        raise BadData(f"{raw} shows neither v1 nor v2 of SiW-M; expected {LAYOUT}: restore its folders.")
    return next(iter(marks))


def _homeless(clips: Clips, release: str) -> list[PurePosixPath]:
    """Return live clips whose folder tells no split though the release splits them by folder."""
    if release == V2:
        return []
    return [path for path, name in clips.items() if name.is_live and release_of(name, path) is None]


def by_number(number: int) -> Split:
    """Return train or dev; nobody published a dev part, but a threshold needs one."""
    return Split.TRAIN if number % DEV_EVERY else Split.DEV


def _live_split(raw: Path, clips: Clips, release: str) -> LiveSplit:
    if release == V1:
        return LiveSplit(
            lambda name, path: Split.TEST if LIVE_FOLDERS[1] in path.parts[:-1] else by_number(name.number)
        )
    numbers = sorted(name.number for name in clips.values() if name.is_live)
    lists = {part: _read_lists(find_files(raw, {".txt"}), file) for part, file in LISTS.items()}
    found = {part: names for part, names in lists.items() if names is not None}
    return _by_lists(raw, numbers, found) if len(found) == len(LISTS) else _by_rule(numbers, found)


def _by_rule(numbers: Sequence[int], found: Mapping[Split, set[str]]) -> LiveSplit:
    """Split as the release's readme says, with at least one clip in the test."""
    test = set(numbers[len(numbers) - -(-len(numbers) // TEST_SHARE) :])
    warning = (
        f"{' and '.join(LISTS.values())} are not both in this copy of SiW-M v2: the last fifth of the live "
        "clips is the test, for its readme says 80/20; the lists handed out with it name 531 and 265."
    )
    lone = [f"{LISTS[part]} is there without its counterpart and is not used." for part in found]
    return LiveSplit(
        lambda name, _: Split.TEST if name.number in test else by_number(name.number), [warning], lone
    )


def _by_lists(raw: Path, numbers: Sequence[int], lists: Mapping[Split, set[str]]) -> LiveSplit:
    train, test = lists[Split.TRAIN], lists[Split.TEST]
    if both := train & test:
        raise BadData(
            f"{raw} has {min(both, key=natural_key)} in {LISTS[Split.TRAIN]} and in {LISTS[Split.TEST]}; a "
            "clip is in one of them: get the lists again from the data's owners."
        )
    clips = {f"Live_{number}": number for number in numbers}
    warnings: list[str] = []
    deviations: list[str] = []
    if unlisted := [clip for clip in clips if clip not in train | test]:
        warnings.append(f"live clips that are in no list, taken for training or dev: {some(unlisted)}.")
    if lost := sorted((train | test) - set(clips), key=natural_key):
        # The lists handed out name 11 clips more than the release has: that alone is no fault of a copy.
        complete = len(clips) == LIVE_PARTS[V2]["live"]
        sentence = f"live clips that the lists name and this copy lacks: {some(lost)}."
        (warnings if complete else deviations).append(sentence)
    return LiveSplit(
        lambda name, _: Split.TEST if f"Live_{name.number}" in test else by_number(name.number),
        warnings,
        deviations,
    )


def _read_lists(texts: Iterable[Path], file: str) -> set[str] | None:
    """Return the names in the lists called so, which may repeat them to balance classes; None without one."""
    lists = {path: _read_list(path) for path in texts if path.name == file}
    if not lists:
        return None
    first, *others = lists
    for other in others:
        if lists[other] != lists[first]:
            raise BadData(f"{first} and {other} name different clips; keep the one handed out.")
    return lists[first]


def _read_list(path: Path) -> set[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(
            f"{path} cannot be read as text ({error}); get the list again from the data's owners."
        ) from error
    names: set[str] = set()
    for number, line in enumerate(map(str.strip, lines), 1):
        match = ENTRY.fullmatch(line)
        if line and match is None:
            raise BadData(
                f"{path}, line {number} is '{line[:60]}'; expected a live clip's name, like Live_100."
            )
        if match:
            names.add(match[1])
    return names


def _item(raw: Path, path: PurePosixPath, name: ClipName, release: str, live: LiveSplit) -> RawItem:
    split = live.of(name, path) if name.is_live else by_number(name.number)
    return RawItem(
        raw / path,
        str(path),
        int(Label.LIVE if name.is_live else Label.ATTACK),
        name.kind.species_in(release),
        subject=f"{DATASET}:{path.stem}",
        presentation=f"{DATASET}:{path.with_suffix('')}",
        medium=name.kind.medium,
        split=split.value,
    )


def _strange(names: Sequence[str], homeless: Sequence[PurePosixPath]) -> list[str]:
    found = []
    if names:
        found.append(f"videos whose names are none of SiW-M's, which are left out: {some(names)}.")
    if homeless:
        listing = some([str(path) for path in homeless])
        found.append(f"live clips outside Live/Train and Live/Test, which are left out: {listing}.")
    return found


def _encoded_again(items: Iterable[RawItem]) -> list[str]:
    other = [item.name for item in items if item.path.suffix.lower() != SUFFIX]
    sentence = f"clips that are not {SUFFIX} files, so somebody encoded them again: {some(other)}."
    return [sentence] if other else []


def _tallies(items: Sequence[RawItem], release: str) -> list[Tally]:
    def part_of(item: RawItem) -> str:
        if item.label == Label.ATTACK:
            return item.species
        return "live" if release == V2 else "live test" if item.split == Split.TEST else "live train"

    found = {part.part: sum(part.found) for part in tally(items, part_of, {})}
    numbers = {part: published(release, part, found.get(part)) for part in parts(release)}
    return tally(
        items,
        part_of,
        {part: (n, 0) if part in LIVE_PARTS[release] else (0, n) for part, n in numbers.items()},
    )
