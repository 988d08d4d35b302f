"""The score file: all that evaluation needs to know of a system.

    # direction: attack_high
    presentation,frame,subject,label,species,score
    clip-1,0,anna,0,bona_fide,0.0312
    clip-2,0,anna,1,print,

An empty score is a non-response. Files of other systems are read too: CSV or TSV, with their column names.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mtfas.errors import BadData, BadFile, BadSetting, unknown_name
from mtfas.evaluation.scorerows import COLUMNS, ScoreRow, find_columns, parse_rows
from mtfas.runtime.files import write_text
from mtfas.types import Direction, Label

SCHEMA: dict[str, Any] = {
    "presentation": pl.String,
    "frame": pl.Int32,
    "subject": pl.String,
    "label": pl.Int8,
    "species": pl.String,
    "score": pl.Float64,
}


@dataclass(frozen=True)
class ScoreTable:
    """The scores of one file, turned so that higher = attack.

    Attributes:
        rows: columns presentation, frame, subject, label, species, score; score is null for a non-response.
        direction: how the scores stood in the file, in words.
        path: where they came from.
        warnings: what was assumed in reading.
        stated: whether the file, or the user, said which way its scores point.
        turned: whether they were turned round, to 1 − score.
    """

    rows: pl.DataFrame
    direction: str
    path: Path
    warnings: tuple[str, ...] = ()
    stated: bool = False
    turned: bool = False


def read_scores(
    path: Path, columns: Mapping[str, str] | None = None, direction: str | None = None
) -> ScoreTable:
    """Read a score file of any system.

    Args:
        path: CSV, TSV or semicolon-separated text with a header; comment lines (#) may stand before it.
        columns: our column name -> the file's, for names that are not recognised.
        direction: "attack_high" or "live_high" for files that do not say; live-high scores become 1 − score.

    Raises:
        BadFile: the file cannot be read as a score file; all its problems are listed together.
        BadData: it holds one class only.
        BadSetting: `direction` is unknown or contradicts the file, or `columns` has an unknown key.
    """
    text = _text(path)
    comments, body = _split_comments(text)
    stated = _stated_direction(comments, path)
    turn, note, warnings = _direction(stated, direction, path)
    rows = pl.DataFrame(
        [asdict(row) for row in _rows(body, len(comments), columns, path)], schema=SCHEMA, orient="row"
    )
    _check_classes(rows, path)
    if turn is Direction.LIVE_HIGH:
        rows = rows.with_columns(score=1.0 - pl.col("score"))
    known = stated is not None or direction is not None
    warned = (*warnings, *_notices(rows))
    return ScoreTable(rows, note, path, warned, stated=known, turned=turn is Direction.LIVE_HIGH)


def write_scores(path: Path, rows: pl.DataFrame | Sequence[ScoreRow], direction: Direction | str) -> None:
    """Write a score file atomically; reading it gives the same rows.

    Args:
        path: the file to write.
        rows: in the order to keep; a frame has the columns of SCHEMA.
        direction: how the scores point.

    Raises:
        BadData: a row could not be read back (NaN, unknown label, blank or padded names, duplicates).
        BadSetting: the direction is unknown.
    """
    note = _known_direction(str(direction))
    if isinstance(rows, pl.DataFrame):
        rows = [ScoreRow(**row) for row in rows.select(list(SCHEMA)).iter_rows(named=True)]
    buffer = io.StringIO(newline="")
    buffer.write(f"# direction: {note.value}\n")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        score = "" if row.score is None else repr(float(row.score))
        writer.writerow([row.presentation, row.frame, row.subject, int(row.label), row.species, score])
    text = buffer.getvalue()
    _check_written(text, rows, path)
    write_text(path, text)


def presentations(table: ScoreTable) -> pl.DataFrame:
    """Return one row a presentation, in the order of the file.

    Columns: presentation, subject, label, species, frames, score. The score is the mean over the frames that
    have one; null when none has (a non-response).
    """
    return table.rows.group_by("presentation", maintain_order=True).agg(
        pl.col("subject").first(),
        pl.col("label").first(),
        pl.col("species").first(),
        pl.col("score").count().alias("frames"),
        pl.col("score").mean(),
    )


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise BadFile(f"score file {path} does not exist.") from error
    except OSError as error:
        raise BadFile(f"score file {path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise BadFile(
            f"score file {path} is not UTF-8 text (byte {error.start}); save it as CSV in UTF-8."
        ) from error


def _split_comments(text: str) -> tuple[list[str], str]:
    """Return the comment lines that stand before the header, and the rest."""
    comments = []
    while text.startswith("#"):
        line, _, text = text.partition("\n")
        comments.append(line)
    return comments, text


def _rows(body: str, skipped: int, columns: Mapping[str, str] | None, path: Path) -> list[ScoreRow]:
    lines = _fields(body, skipped, path)
    _, header = next(lines, (0, []))
    if not header:
        raise BadFile(f"score file {path} is empty; expected a header and one row a score.")
    places = find_columns(header, columns, str(path))
    rows = parse_rows(lines, places, len(header), str(path))
    if not rows:
        raise BadFile(f"score file {path} has a header but no scores.")
    return rows


def _fields(body: str, skipped: int, path: Path) -> Iterator[tuple[int, list[str]]]:
    header = body.split("\n", 1)[0]
    delimiter = max("\t;,", key=header.count) if any(mark in header for mark in "\t;,") else ","
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    try:
        for fields in reader:
            if fields:
                yield reader.line_num + skipped, fields
    except csv.Error as error:
        raise BadFile(f"{path}, line {reader.line_num + skipped}: {error}; mend the quotes.") from error


def _stated_direction(comments: list[str], path: Path) -> Direction | None:
    for comment in comments:
        name, _, value = comment.lstrip("# ").partition(":")
        if name.strip().lower() == "direction":
            try:
                return Direction(value.strip().lower())
            except ValueError as error:
                raise BadFile(
                    f"{path}: direction '{value.strip()}' is unknown; write attack_high or live_high."
                ) from error
    return None


def _direction(
    stated: Direction | None, asked: str | None, path: Path
) -> tuple[Direction, str, tuple[str, ...]]:
    wanted = None if asked is None else _known_direction(asked)
    if stated and wanted and stated is not wanted:
        raise BadSetting(f"{path} says direction {stated}, the setting says {wanted}; one of them is wrong.")
    turn = stated or wanted
    if turn is None:
        note = "attack_high (assumed: the file does not say)"
        return (
            Direction.ATTACK_HIGH,
            note,
            (f"{path.name} does not say its direction; higher = attack is assumed.",),
        )
    if turn is Direction.LIVE_HIGH:
        note = "live_high, turned round to 1 − score"
        return turn, note, (f"{path.name} has live-high scores; they were turned round to 1 − score.",)
    return turn, turn.value, ()


def _known_direction(name: str) -> Direction:
    try:
        return Direction(name)
    except ValueError as error:
        raise unknown_name("direction", name, [each.value for each in Direction]) from error


def _check_classes(rows: pl.DataFrame, path: Path) -> None:
    found = set(rows["label"].to_list())
    if len(found) < 2:
        which = "bona fide" if found == {int(Label.LIVE)} else "attack"
        raise BadData(f"{path} holds {which} presentations only; error rates need both classes.")


def _notices(rows: pl.DataFrame) -> Iterator[str]:
    scores = rows["score"].drop_nulls()
    outside = int(((scores < 0) | (scores > 1)).sum())
    if outside:
        yield f"{outside} scores lie outside [0, 1]; rates do not depend on that, the score axis does."


def _check_written(text: str, rows: Sequence[ScoreRow], path: Path) -> None:
    broken = [row for row in rows if row.score is not None and not math.isfinite(row.score)]
    if broken:
        raise BadData(f"cannot write {path}: {broken[0].presentation} has score {broken[0].score}; use None.")
    if not rows:
        raise BadData(f"cannot write {path}: there are no scores.")
    for row in rows:
        if set("\r\n") & {*row.presentation, *row.subject, *row.species}:
            raise BadData(f"cannot write {path}: {row} has a line break in a name; take it out.")
    try:
        back = _rows(text.partition("\n")[2], 1, None, path)
    except BadFile as error:
        raise BadData(f"cannot write scores: {error}") from error
    for row, read in zip(rows, back, strict=True):
        if row != read:
            raise BadData(f"cannot write {path}: {row} would be read back as {read}; mend its names.")
