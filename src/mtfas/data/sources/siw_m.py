"""SiW-M as it is handed out, in either of its two releases; they are told apart and never mixed.

    v1: RAW/Live/Train/Live_1.mov   RAW/Live/Test/…   RAW/Mask/HalfMask/Mask_Half_1.mov   …
    v2: RAW/Live/Live_1.mov   RAW/Spoof/Mask_HalfMask/Mask_Half_1.mov   …   and text lists

Names carry no person, so each clip is a subject of its own. Attacks are train or dev, never test: the
protocols test all clips of a species that is left out.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from mtfas.data.sources.layout import encoded_again, find_files, refuse_derived, require_layout, some
from mtfas.data.sources.raw import RawItem, RawSet, Tally, tally
from mtfas.data.sources.siw_m_live import DEV_EVERY, SUFFIX, Clips, LiveSplit, by_number, live_split
from mtfas.data.sources.siw_m_types import (
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
from mtfas.errors import BadData
from mtfas.faces.video import VIDEO_SUFFIXES
from mtfas.types import Label, Split

DATASET = "siw-m"
LAYOUT = "RAW/Live/… and RAW/Spoof/… (v2), or RAW/Live/Train/…, RAW/Live/Test/…, RAW/Mask/… (v1)"
PERSONS = (
    "SiW-M's names carry no person, so each clip counts as a subject of its own, and the same person may be "
    "in train, dev and test."
)
DEV = f"SiW-M has no dev part; training clips whose number is divisible by {DEV_EVERY} are taken for it."


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
    live = live_split(raw, used, release)
    items = [_item(raw, path, name, release, live) for path, name in used.items()]
    tallies = _tallies(items, release)
    return RawSet(
        DATASET,
        items,
        [PERSONS, DEV, *live.warnings],
        release,
        [*_strange(strange, homeless), *encoded_again(items, SUFFIX), *live.deviations],
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
