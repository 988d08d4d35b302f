"""How SiW-M's live clips are split: by folder in v1, by lists or by rule in v2; dev is taken from train."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mtfas.data.sources.layout import find_files, some
from mtfas.data.sources.raw import natural_key
from mtfas.data.sources.siw_m_types import LIVE_FOLDERS, LIVE_PARTS, V1, V2, ClipName
from mtfas.errors import BadData, BadFile
from mtfas.types import Split

SUFFIX = ".mov"
LISTS = {Split.TRAIN: "trainlist_live.txt", Split.TEST: "testlist_live.txt"}
"""The live split that is handed out with v2, wherever it was unpacked."""
ENTRY = re.compile(rf"(Live_[1-9][0-9]*)(?i:{re.escape(SUFFIX)})?")
DEV_EVERY = 5
TEST_SHARE = 5


Clips = Mapping[PurePosixPath, ClipName]
"""From where a clip lies, relative to the data set, to what its name says."""


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


def by_number(number: int) -> Split:
    """Return train or dev; nobody published a dev part, but a threshold needs one."""
    return Split.TRAIN if number % DEV_EVERY else Split.DEV


def live_split(raw: Path, clips: Clips, release: str) -> LiveSplit:
    """Return the split of a release's live clips.

    Raises:
        BadFile: a list is not text.
        BadData: a list makes no sense.
    """
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
