"""The rows of any system's score file, turned into ours; every problem is collected with its line."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mtfas.errors import BadFile, unknown_name
from mtfas.metrics.intervals import UNKNOWN_SUBJECT
from mtfas.types import BONA_FIDE, Label

COLUMNS: dict[str, tuple[str, ...]] = {
    "presentation": ("key", "file", "video", "id", "clip", "path", "filename"),
    "frame": ("frame_id", "frame_number"),
    "subject": ("client", "subject_id", "client_id", "person"),
    "label": ("class", "target", "ground_truth"),
    "species": ("pai", "attack_type", "pai_species", "spoof_type"),
    "score": ("scores", "spoof_score", "prediction"),
}
"""Our columns and the names other systems give them."""

OPTIONAL = {"frame", "subject"}

LABELS: dict[str, Label] = {
    **dict.fromkeys(("0", "live", "bona_fide", "bonafide", "bona fide", "real", "genuine"), Label.LIVE),
    **dict.fromkeys(("1", "attack", "spoof", "fake"), Label.ATTACK),
}

NO_SPECIES = {"", "none", "-", "live", "bona_fide", "bonafide", "bona fide", "real", "genuine"}
"""What other systems write as the species of a live face."""

SHOWN = 5
"""So many problems of a file are printed in full; the rest are counted."""


@dataclass(frozen=True)
class ScoreRow:
    """One score: of a frame, or of a whole presentation (frame 0). A score of None is a non-response."""

    presentation: str
    frame: int
    subject: str
    label: int
    species: str
    score: float | None


@dataclass
class _Problems:
    sentences: list[str] = field(default_factory=list)

    def add(self, line: int, sentence: str) -> None:
        self.sentences.append(f"line {line}: {sentence}")


def find_columns(header: list[str], wanted: Mapping[str, str] | None, where: str) -> dict[str, int]:
    """Return where each of our columns stands in a file's header.

    Args:
        header: the column names of the file.
        wanted: our name -> the file's name, for columns no alias covers.
        where: the file, for the message.

    Raises:
        BadSetting: a key of `wanted` is no column of ours.
        BadFile: a needed column is missing, or two columns would serve as the same one.
    """
    names = [name.strip().lower() for name in header]
    for ours in wanted or {}:
        if ours not in COLUMNS:
            raise unknown_name("score file column", ours, COLUMNS)
    found, problems = {}, []
    for ours, aliases in COLUMNS.items():
        theirs = (wanted or {}).get(ours)
        places = (
            _places(names, ours, aliases) if theirs is None else _all_places(names, theirs.strip().lower())
        )
        if len(places) > 1:
            problems.append(f"columns {' and '.join(repr(header[i]) for i in places)} could both be '{ours}'")
        elif places:
            found[ours] = places[0]
        elif ours not in OPTIONAL or theirs is not None:
            problems.append(f"no column '{theirs or ours}'")
    if problems:
        raise BadFile(
            f"{where}: {'; '.join(problems)}; the header is {', '.join(header) or 'empty'}. "
            "Expected presentation, label, species, score and, where known, frame and subject; rename them "
            "or say which column is which."
        )
    return found


def _places(names: list[str], ours: str, aliases: tuple[str, ...]) -> list[int]:
    own = _all_places(names, ours)
    return own or [place for alias in aliases for place in _all_places(names, alias)]


def _all_places(names: list[str], name: str) -> list[int]:
    return [i for i, found in enumerate(names) if found == name]


def parse_rows(
    lines: Iterable[tuple[int, list[str]]], columns: dict[str, int], width: int, where: str
) -> list[ScoreRow]:
    """Return the rows of a file.

    Args:
        lines: line number and fields of each row.
        columns: from `find_columns`.
        width: how many fields a row has.
        where: the file, for the message.

    Raises:
        BadFile: any row is wrong; the first problems are printed with their lines, the rest counted.
    """
    problems, rows = _Problems(), []
    first: dict[str, tuple[ScoreRow, int]] = {}
    seen: dict[tuple[str, int], int] = {}
    for line, fields in lines:
        if len(fields) != width:
            problems.add(line, f"{len(fields)} fields where the header has {width}")
            continue
        cells = {name: fields[place].strip() for name, place in columns.items()}
        row = _row(cells, line, problems)
        if row is not None:
            _check_against(row, line, first, seen, problems)
            rows.append(row)
    _refuse(problems, where)
    return rows


def _row(cells: dict[str, str], line: int, problems: _Problems) -> ScoreRow | None:
    before = len(problems.sentences)
    if not cells["presentation"]:
        problems.add(line, "the presentation has no name")
    label = LABELS.get(cells["label"].lower())
    if label is None:
        problems.add(line, f"label '{cells['label']}' is unknown; write 0 (bona fide) or 1 (attack)")
    species = _species(cells["species"], label, line, problems)
    frame = _frame(cells.get("frame", ""), line, problems)
    score = _score(cells["score"], line, problems)
    if len(problems.sentences) > before or label is None:
        return None
    subject = cells.get("subject", "") or UNKNOWN_SUBJECT
    return ScoreRow(cells["presentation"], frame, subject, int(label), species, score)


def _species(text: str, label: Label | None, line: int, problems: _Problems) -> str:
    none = text.lower() in NO_SPECIES
    if label is Label.ATTACK and none:
        problems.add(
            line, f"an attack without a species ('{text}'); write the instrument, e.g. print or replay"
        )
    if label is Label.LIVE and not none:
        problems.add(
            line, f"a bona fide presentation of species '{text}'; write {BONA_FIDE} or mend the label"
        )
    return BONA_FIDE if label is Label.LIVE else text


def _frame(text: str, line: int, problems: _Problems) -> int:
    try:
        frame = int(text or "0")
    except ValueError:
        problems.add(line, f"frame '{text}' is not a whole number")
        return 0
    if not 0 <= frame < 2**31:
        problems.add(line, f"frame {text} is not in 0 … 2147483647")
    return frame


def _score(text: str, line: int, problems: _Problems) -> float | None:
    if not text:
        return None
    try:
        score = float(text)
    except ValueError:
        problems.add(line, f"score '{text}' is not a number; leave it empty for a non-response")
        return None
    if not math.isfinite(score):
        problems.add(line, f"score {text} is not finite; leave it empty for a non-response")
    return score


def _check_against(
    row: ScoreRow,
    line: int,
    first: dict[str, tuple[ScoreRow, int]],
    seen: dict[tuple[str, int], int],
    problems: _Problems,
) -> None:
    """Compare a row with the earlier ones of the same presentation."""
    earlier, at = first.setdefault(row.presentation, (row, line))
    for name in ("label", "species", "subject"):
        mine, theirs = getattr(row, name), getattr(earlier, name)
        if mine != theirs:
            problems.add(
                line, f"presentation '{row.presentation}' has {name} '{mine}', on line {at} '{theirs}'"
            )
    again = seen.setdefault((row.presentation, row.frame), line)
    if again != line:
        problems.add(
            line, f"presentation '{row.presentation}' frame {row.frame} stands on line {again} already"
        )


def _refuse(problems: _Problems, where: str) -> None:
    sentences = problems.sentences
    if not sentences:
        return
    rest = len(sentences) - SHOWN
    more = f"\n  … and {rest} more" if rest > 0 else ""
    noun = "problem" if len(sentences) == 1 else "problems"
    listing = "\n  ".join(sentences[:SHOWN])
    raise BadFile(f"{where} has {len(sentences)} {noun}; mend the file and try again:\n  {listing}{more}")
