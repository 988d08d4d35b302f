"""Presentations of one's own camera, each with a score or without one: from folders, or a prepared set.

A folder's files are one presentation each, picture or clip. Its subfolders name persons (bona fide) or PAI
species (attacks). Of a prepared set the rows of a presentation are its frames, cut out already.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mtfas.deploy.clips import COMBINE, ClipRule
from mtfas.deploy.gates import fault_of_crop
from mtfas.deploy.predictor import Predictor
from mtfas.errors import BadData, BadFile, BadSetting
from mtfas.faces.image import find_images, is_hidden, read_image
from mtfas.faces.video import VIDEO_SUFFIXES
from mtfas.metrics.intervals import UNKNOWN_SUBJECT
from mtfas.metrics.rates import Rate
from mtfas.runtime.progress import track
from mtfas.types import BONA_FIDE, FloatArray, Label

if TYPE_CHECKING:
    import polars as pl

MANIFEST = "manifest.parquet"
UNNAMED = "attack"
"""The species of attacks that lie in no subfolder."""

Known = tuple[str, str]
"""(person, species) of a presentation; the species of a live face is "bona_fide"."""


@dataclass(frozen=True)
class Presented:
    """Presentations that were judged.

    Attributes:
        scores: [n] spoof scores, NaN where there was no response.
        persons: [n] who it was, "unknown" where nobody says.
        species: [n] "bona_fide" or the PAI species.
        reasons: [n] why there was no response, a key of answers.ADVICE; "" where there was one.
    """

    scores: FloatArray
    persons: np.ndarray
    species: np.ndarray
    reasons: np.ndarray

    def of(self, species: str) -> "Presented":
        """Return those of one species."""
        return self.part(self.species == species)

    @property
    def answered(self) -> "Presented":
        """Those with a score."""
        return self.part(~np.isnan(self.scores))

    def part(self, rows: np.ndarray) -> "Presented":
        """Return those of some rows, by number or by a mask [n]."""
        return Presented(self.scores[rows], self.persons[rows], self.species[rows], self.reasons[rows])

    @property
    def why_not(self) -> dict[str, int]:
        """How often each reason for no response was given, the commonest first."""
        return dict(Counter(self.reasons[self.reasons != ""].tolist()).most_common())

    @property
    def non_response(self) -> Rate:
        """How many have no score: BPNRR or APNRR."""
        return Rate(int(np.isnan(self.scores).sum()), len(self.scores))

    @property
    def kinds(self) -> list[str]:
        """The PAI species there are, by name."""
        return sorted(set(self.species.tolist()) - {BONA_FIDE})


def from_folders(
    predictor: Predictor, live: Path, attacks: Path | None = None, rule: ClipRule | None = None
) -> Presented:
    """Judge the files of a folder of bona fide presentations, and of one of attacks.

    Raises:
        BadFile: a folder is missing or holds neither picture nor clip.
        BadSetting: one folder lies in the other, so that files would count as both.
    """
    if attacks is not None and _inside(live, attacks):
        raise BadSetting(
            f"{live} and {attacks} lie in one another, so files would count as bona fide and as attacks; "
            "give folders that lie apart."
        )
    found: list[tuple[Path, Known]] = []
    for file in _files(live):
        found.append((file, (_top(file, live) or UNKNOWN_SUBJECT, BONA_FIDE)))
    for file in _files(attacks) if attacks is not None else []:
        found.append((file, (UNKNOWN_SUBJECT, _top(file, attacks) or UNNAMED)))  # type: ignore[arg-type]
    answers = [predictor.path(file, rule) for file, _ in track(found, "judging", len(found))]
    return _presented(
        [answer.score for answer in answers],
        [known for _, known in found],
        [answer.reason for answer in answers],
    )


def from_prepared(
    predictor: Predictor,
    folder: Path,
    splits: Sequence[str] = (),
    camera: str | None = None,
    rule: ClipRule | None = None,
) -> Presented:
    """Judge the presentations of a prepared set: their faces are cut out already.

    Every face passes the bundle's gates for light and sharpness; a presentation without a face left has no
    response. Its rows are all frames there are, so the rule's numbers of frames do not matter, but how they
    are combined does.

    Args:
        predictor: an opened bundle.
        folder: the prepared set.
        splits: of the manifest; none for all.
        camera: of the manifest; None for all.
        rule: how frames become one score.

    Raises:
        BadData: faces are cut out otherwise than the bundle's, nothing is chosen, or what is chosen trained
            the detector.
    """
    import polars as pl

    from mtfas.data.manifest import open_prepared

    prepared = open_prepared(folder)
    if prepared.info.get("crop") != predictor.bundle.crop.as_dict():
        raise BadData(
            f"{folder} has faces cut out by another rule ({prepared.info.get('crop')}) than the bundle's "
            f"({predictor.bundle.crop.as_dict()}); prepare the data again, or give the pictures themselves."
        )
    rows = prepared.rows
    for column, wanted in (("split", list(splits)), ("camera", [camera] if camera else [])):
        if wanted:
            rows = rows.filter(pl.col(column).is_in(_known(rows[column], column, wanted, folder)))
    if not rows.height:
        raise BadData(f"{folder} has no presentation of that split and camera; choose others.")
    _refuse_training(predictor, folder, rows)
    parts = [part for _, part in rows.group_by("presentation", maintain_order=True)]
    looked = [_prepared(predictor, folder, part, rule) for part in track(parts, "judging", len(parts))]
    return _presented(
        [score for score, _ in looked],
        [(str(part["subject"][0]), _species(part)) for part in parts],
        [reason for _, reason in looked],
    )


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise BadFile(f"{folder} is not a folder; give a folder of pictures or clips of your camera.")
    clips = (file for file in folder.rglob("*") if file.suffix.lower() in VIDEO_SUFFIXES and file.is_file())
    found = [*find_images(folder), *(file for file in clips if not is_hidden(file.relative_to(folder)))]
    if not found:
        raise BadFile(f"{folder} holds no picture and no clip; give a folder that does.")
    return sorted(found)


def _top(file: Path, folder: Path) -> str | None:
    parts = file.relative_to(folder).parts
    return parts[0] if len(parts) > 1 else None


def _inside(one: Path, other: Path) -> bool:
    first, second = one.resolve(), other.resolve()
    return first.is_relative_to(second) or second.is_relative_to(first)


def _known(column: "pl.Series", name: str, wanted: list[str], folder: Path) -> list[str]:
    held = sorted(set(column.to_list()))
    for value in wanted:
        if value not in held:
            raise BadData(f"{folder} has no {name} '{value}'; it has {', '.join(held)}.")
    return wanted


def _species(part: "pl.DataFrame") -> str:
    return BONA_FIDE if part["label"][0] == Label.LIVE else str(part["species"][0])


def _refuse_training(predictor: Predictor, folder: Path, rows: "pl.DataFrame") -> None:
    """Faces a detector learned from score better than new ones: a threshold from them would be too low."""
    from mtfas.data.manifest import open_prepared
    from mtfas.data.protocols import select

    info, prepared = predictor.bundle.info, open_prepared(folder)
    if info.get("data", {}).get("manifest_sha256") != prepared.manifest_hash:
        return
    trained = set(select(prepared, str(info["protocol"])).train["presentation"])
    both = trained & set(rows["presentation"])
    if both:
        raise BadData(
            f"{len(both)} of the chosen presentations trained this detector, e.g. '{min(both)}'; choose "
            "another split or camera."
        )


def _prepared(
    predictor: Predictor, folder: Path, part: "pl.DataFrame", rule: ClipRule | None
) -> tuple[float | None, str | None]:
    bundle, images = predictor.bundle, [image for image in part["image"] if image is not None]
    crops = [read_image(folder / image) for image in images]
    faults = [fault_of_crop(crop, bundle.crop, bundle.gates) for crop in crops]
    judged = [crop for crop, fault in zip(crops, faults, strict=True) if fault is None]
    if not judged:
        return None, next(iter(faults), None) or "no_face"
    scores, _ = predictor.session.run(np.stack(judged))
    return COMBINE[(rule or ClipRule()).combine](scores.astype(np.float64)), None


def _presented(
    scores: Sequence[float | None], known: Sequence[Known], reasons: Sequence[str | None]
) -> Presented:
    return Presented(
        np.array([np.nan if score is None else score for score in scores], np.float64),
        np.array([person for person, _ in known], dtype=str),
        np.array([species for _, species in known], dtype=str),
        np.array([reason or "" for reason in reasons], dtype=str),
    )
