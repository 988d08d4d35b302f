"""A run folder of `mtfas train` → report.json and report.html inside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from mtfas import __version__
from mtfas.data.manifest import open_prepared
from mtfas.errors import BadData, BadFile, BadRun
from mtfas.evaluation.breakdown import with_breakdowns
from mtfas.evaluation.facevalues import check_columns
from mtfas.evaluation.gallery import make_gallery
from mtfas.evaluation.html import write_report
from mtfas.evaluation.report import Evaluation, evaluate
from mtfas.evaluation.scores import ScoreTable, read_scores
from mtfas.runtime.files import read_json

FORMAT = 1
"""Version of the run folder's format that is read here."""


@dataclass(frozen=True)
class EvaluatedRun:
    """A run folder, its record, its test scores frame by frame, and how they rate."""

    folder: Path
    record: dict[str, Any]
    test: ScoreTable
    evaluation: Evaluation

    @property
    def seed(self) -> int | None:
        """The training seed, where the record tells."""
        seed = self.record.get("settings", {}).get("seed")
        return seed if isinstance(seed, int) else None

    @property
    def maps_file(self) -> Path:
        """Where the maps of the test faces are, if they were stored."""
        return self.folder / "scores" / "test-maps.npz"

    def data_folder(self, data: Path | None = None) -> Path | None:
        """Return the prepared data the run was made from: `data` if given, else what the record says."""
        if data is not None:
            return data
        named = self.record.get("data", {}).get("folder")
        return Path(named) if isinstance(named, str) and named else None


def evaluate_run(
    run: Path,
    threshold: str | None = None,
    data: Path | None = None,
    seed: int = 0,
    by: Sequence[str] = (),
) -> Evaluation:
    """Evaluate a finished train run and write report.json and report.html in it.

    Args:
        run: the run folder.
        threshold: see `report.evaluate`; None takes the source the run's protocol names (dev, if none).
        data: the prepared data, where it has moved; without it the report has no faces, and says so.
        seed: of the bootstrap.
        by: columns of the data set to break the errors down by, e.g. "camera"; these need the data.

    Raises:
        BadRun: not a finished train run of this format, its scores are missing, or its data is, with `by`.
        BadFile: a score or maps file is damaged, or `data` is no prepared data set.
        BadData: dev and test overlap, a class has no scores, or with `by` the data is not the run's.
        BadSetting: an unknown threshold source, or a column that says nothing of a presentation.
    """
    found = read_run_scores(run, threshold, seed)
    folder = found.data_folder(data)
    if by:
        broken = with_breakdowns(found.evaluation, found.test, faces_of_run(found, folder, by), by)
        found = replace(found, evaluation=broken)
    why = why_no_faces(found, folder, asked=data is not None)
    gallery = make_gallery(found.evaluation, found.maps_file, None if why else folder, why)
    write_report(run, found.evaluation, _title(found), found.record, gallery)
    return found.evaluation


def read_run_scores(run: Path, threshold: str | None = None, seed: int = 0) -> EvaluatedRun:
    """Read a run's record and rate its scores; nothing is written.

    Raises:
        as `evaluate_run`.
    """
    record = read_record(run, "train")
    dev, test = (run / "scores" / f"{part}.csv" for part in ("dev", "test"))
    for path in (dev, test):
        if not path.is_file():
            raise BadRun(f"{path} is missing; make the run again with 'mtfas train'.")
    source = threshold or str(record.get("threshold_source") or "dev")
    rated = read_scores(test)
    return EvaluatedRun(run, record, rated, evaluate(read_scores(dev), rated, source, seed))


def faces_of_run(found: EvaluatedRun, folder: Path | None, columns: Sequence[str]) -> pl.DataFrame:
    """Return the manifest rows a run was made from.

    Args:
        found: the run.
        folder: where its data should be.
        columns: what the data must have.

    Raises:
        BadRun: its data is not there.
        BadFile: the folder is no prepared data set.
        BadData: it holds other data than the run was made from.
        BadSetting: as `facevalues.check_columns`.
    """
    if folder is None or not folder.is_dir():
        where = folder or "its record"
        raise BadRun(f"the data of {found.folder} is not in {where}; say where it is with --data.")
    opened = open_prepared(folder)
    if opened.manifest_hash != found.record.get("data", {}).get("manifest_sha256"):
        raise BadData(
            f"{folder} holds other data than {found.folder} was made from; give the right one with --data."
        )
    check_columns(opened.rows, columns)
    return opened.rows


def read_record(run: Path, kind: str) -> dict[str, Any]:
    """Return run.json of a finished run.

    Raises:
        BadRun: not a run folder, of another kind or format, or not finished.
    """
    if not (run / "run.json").is_file():
        raise BadRun(f"{run} is not a run folder (no run.json); make one with 'mtfas {kind}'.")
    record = read_json(run / "run.json")
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        found = record.get("format") if isinstance(record, dict) else None
        raise BadRun(
            f"{run}/run.json has format {found}, mtfas {__version__} reads format {FORMAT}; "
            f"run 'mtfas {kind}' again."
        )
    if record.get("kind") != kind:
        raise BadRun(f"{run} is a run of 'mtfas {record.get('kind')}', expected one of 'mtfas {kind}'.")
    if not record.get("finished"):
        raise BadRun(f"{run} is not finished; give the same 'mtfas {kind}' command again to go on with it.")
    return record


def why_no_faces(found: EvaluatedRun, folder: Path | None, asked: bool = False) -> str | None:
    """Say why the pictures of a data folder cannot stand beside a run's scores, or return None.

    Args:
        found: the run.
        folder: where its data should be.
        asked: whether the folder was asked for by name; then a folder that is no data set is an error.

    Raises:
        BadFile: a folder asked for by name cannot be read.
    """
    if folder is None:
        return "the run does not say where its data is, so no face is shown."
    if not folder.is_dir() and not asked:
        return f"the data folder {folder} is gone, so no face is shown."
    try:
        here = open_prepared(folder).manifest_hash
    except (BadFile, KeyError):
        if asked:
            raise
        return f"the data folder {folder} cannot be read any more, so no face is shown."
    if here != found.record.get("data", {}).get("manifest_sha256"):
        return f"{folder} holds other data than this run was made from, so no face is shown."
    return None


def _title(found: EvaluatedRun) -> str:
    settings = found.record.get("settings", {})
    detector, supervision = settings.get("detector", "detector"), settings.get("supervision", "supervision")
    return f"{detector} under {supervision}, protocol {found.record.get('protocol', 'unknown')}"
