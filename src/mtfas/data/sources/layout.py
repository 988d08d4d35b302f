"""What the readers of published data sets share: find the files, and refuse what is another set or a copy."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from mtfas.data.sources.raw import RawItem, natural_key
from mtfas.errors import BadData
from mtfas.faces.image import IMAGE_SUFFIXES, is_hidden

MARKS: dict[str, tuple[str, ...]] = {
    "oulu-npu": ("Train_files", "Dev_files", "Test_files"),
    "siw-m": ("Live/Train", "Spoof", "Mask", "Makeup", "Partial"),
    "casia-mfsd": ("train_release", "test_release"),
    "replay-attack": (
        "devel/attack/fixed",
        "train/attack/fixed",
        "test/attack/fixed",
        "replayattack-train",
        "replayattack-devel",
        "replayattack-test",
    ),
    "msu-mfsd": ("scene01", "train_sub_list.txt"),
    "siw": ("Train/live", "Test/live"),
    "celeba-spoof": ("Data/train", "metas"),
    "replay-mobile": ("devel/attack", "train/attack", "test/attack"),
}
"""Files and folders by which the root of a published data set is known, the surest set first."""

SHOWN = 3
"""Examples that a message gives."""


def find_files(folder: Path, suffixes: Collection[str]) -> list[Path]:
    """Return the files below a folder with one of these endings (lower case, with the dot), in natural order.

    Hidden files and those in hidden folders are left out.
    """
    files = (path for path in folder.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
    shown = (path for path in files if not is_hidden(path.relative_to(folder)))
    return sorted(shown, key=lambda path: natural_key(path.relative_to(folder).as_posix()))


def require_layout(raw: Path, dataset: str, layout: str) -> None:
    """Refuse a folder that has none of the marks of a data set.

    Args:
        raw: the folder given.
        dataset: a name in MARKS.
        layout: what was expected, for the message, e.g. "RAW/Train_files/1_1_01_1.avi, …".

    Raises:
        BadData: it is no folder, or lacks every mark; where it looks like another set, that one is named.
    """
    if not raw.is_dir():
        raise BadData(f"{raw} is not a folder; expected {dataset} as handed out: {layout}.")
    if any((raw / mark).exists() for mark in MARKS[dataset]):
        return
    other = looks_like(raw)
    below = next((path for path in _folders(raw) if looks_like(path) == dataset), None)
    hint = (
        f"it looks like {other}, so give that source"
        if other
        else f"give {below} instead"
        if below
        else "give the folder that holds these"
    )
    raise BadData(f"{raw} is not {dataset} as handed out: expected {layout}; {hint}.")


def looks_like(raw: Path) -> str | None:
    """Return the published data set whose marks a folder has, or None."""
    return next((name for name, marks in MARKS.items() if any((raw / mark).exists() for mark in marks)), None)


def refuse_derived(raw: Path, dataset: str, videos: Sequence[Path]) -> None:
    """Refuse a copy of frames or face crops where the data set is handed out as videos.

    Raises:
        BadData: there is no video; what there is instead is counted.
    """
    if videos:
        return
    images = len(find_files(raw, IMAGE_SUFFIXES))
    what = f"{images} images and no video" if images else "no video"
    raise BadData(
        f"{raw} holds {what}; {dataset} is handed out as videos, so this is a derived copy, whose numbers "
        "compare with nobody's: get the data set from its owners, or prepare it as a folder of your own."
    )


def refuse_copies(items: Iterable[RawItem]) -> None:
    """Refuse a copy that has a clip twice, e.g. as it was handed out and encoded again.

    Raises:
        BadData: two files are the same presentation.
    """
    seen: dict[str, RawItem] = {}
    for item in items:
        first = seen.setdefault(item.presentation, item)
        if first is not item:
            raise BadData(f"{first.path} and {item.path} are the same clip; keep the one handed out.")


def left_out(names: Sequence[str]) -> list[str]:
    """Return the sentence about videos whose names are not built like the set's; none without such."""
    return [f"videos whose names are not of this set, which are left out: {some(names)}."] if names else []


def encoded_again(items: Iterable[RawItem], suffix: str) -> list[str]:
    """Return the sentence about clips that have not the ending in which the set is handed out."""
    other = [item.name for item in items if item.path.suffix.lower() != suffix]
    sentence = f"clips that are not {suffix} files, so somebody encoded them again: {some(other)}."
    return [sentence] if other else []


def some(names: Sequence[str]) -> str:
    """Return a few of many names for a message: "3 (a, b, c)" or "9 (a, b, c, …)"."""
    more = ", …" if len(names) > SHOWN else ""
    return f"{len(names)} ({', '.join(names[:SHOWN])}{more})"


def _folders(raw: Path) -> Iterator[Path]:
    return (path for path in sorted(raw.iterdir()) if path.is_dir() and not path.name.startswith("."))
