"""teachers.html, teachers.json and figures for documents: a folder that a study of teachers is read from."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from PIL import Image

from mtfas import __version__
from mtfas.evaluation.html import origins, render
from mtfas.evaluation.maps import face_uri, map_uri, png_uri
from mtfas.evaluation.teacherjson import as_json
from mtfas.evaluation.teacherplots import (
    SPECIES_IN_FIGURE,
    agreement_plot,
    faces_plot,
    level_plot,
    localisation_plot,
)
from mtfas.evaluation.teachers import TeacherFindings, TeacherStudy
from mtfas.runtime.files import new_folder, write_bytes, write_json, write_text
from mtfas.types import FloatArray

FACES = 2
"""Faces of each species on the page, of different subjects where there are."""


@dataclass(frozen=True)
class FaceRow:
    """An attack face, its region, and (start, final, change) of every teacher; None where there is none."""

    species: str
    presentation: str
    face: str | None
    region: str | None
    maps: tuple[tuple[str | None, str, str | None], ...]


def write_study(
    out: Path, study: TeacherStudy, data: Path, dataset: str, about: Mapping[str, Any]
) -> dict[str, Any]:
    """Write the folder whole or not at all; return the content of teachers.json.

    Args:
        out: a new or empty folder.
        study: what to show.
        data: the prepared data folder, for the faces' pictures.
        dataset: the data set's name; it decides what must be said of the pictures.
        about: protocol, split, faces, seed: what was asked.

    Raises:
        BadSetting: the folder already holds something.
    """
    said = origins([{"data": {"dataset": dataset}}])
    content = {"mtfas": __version__, "data": str(data), "dataset": dataset, **about, **as_json(study)}
    with new_folder(out) as folder:
        write_json(folder / "teachers.json", content)
        write_text(folder / "teachers.html", _page(study, content, data, said))
        for name, uri in _figures(study, data, " ".join(s[0] for s in said)).items():
            write_bytes(folder / f"{name}.png", base64.b64decode(uri.partition(",")[2]))
    return content


def _page(study: TeacherStudy, content: dict[str, Any], data: Path, said: list[tuple[str, str]]) -> str:
    return render(
        "teachers.html.j2",
        title=f"Teachers side by side, protocol {content['protocol']}, {content['split']} faces",
        r=content,
        origins=said,
        plots={
            "agreement": agreement_plot(study),
            "localisation": localisation_plot(study),
            "levels": level_plot(study),
        },
        rows=face_rows(study, data),
        pretrained=[found.teacher.start is not None for found in study.teachers],
        highs=sorted({found.teacher.high for found in study.teachers}),
        version=__version__,
    )


def _figures(study: TeacherStudy, data: Path, said: str) -> dict[str, str]:
    drawn = {
        "agreement": agreement_plot(study, "png"),
        "localisation": localisation_plot(study, "png"),
        "levels": level_plot(study, "png"),
        "faces": faces_plot(study, data, _figure_faces(study), said),
    }
    return {name: uri for name, uri in drawn.items() if uri is not None}


def _figure_faces(study: TeacherStudy) -> list[int]:
    """Return one face of some species, partial attacks first: what they show is easiest to check by eye."""
    order = [*study.partial, *(name for name in study.coverage if name not in study.partial)]
    return [shown_faces(study, name)[0] for name in order[:SPECIES_IN_FIGURE]]


def shown_faces(study: TeacherStudy, species: str) -> list[int]:
    """Return the first faces of a species in the study's order, another subject's each where there are."""
    rows = study.faces.attacks.with_row_index("place")
    mine = rows.filter(rows["species"] == species)
    firsts = mine.unique("subject", keep="first", maintain_order=True)["place"].to_list()
    rest = [place for place in mine["place"].to_list() if place not in firsts]
    return [int(place) for place in (firsts + rest)[:FACES]]


def face_rows(study: TeacherStudy, data: Path) -> tuple[FaceRow, ...]:
    """Return the page's faces: nobody chose them by their maps."""
    places = [(name, place) for name in study.coverage for place in shown_faces(study, name)]
    return tuple(_face_row(study, data, name, place) for name, place in places)


def _face_row(study: TeacherStudy, data: Path, species: str, place: int) -> FaceRow:
    row, region = study.faces.attacks.row(place, named=True), study.faces.region[place]
    return FaceRow(
        species=species,
        presentation=str(row["presentation"]),
        face=face_uri(data, row["image"]),
        region=None if np.isnan(region).any() else map_uri(region),
        maps=tuple(_maps(found, place) for found in study.teachers),
    )


def _maps(found: TeacherFindings, place: int) -> tuple[str | None, str, str | None]:
    teacher = found.teacher
    final = map_uri(teacher.final[place], teacher.high)
    if teacher.start is None:
        return None, final, None
    moved = teacher.final[place].astype(np.float64) - teacher.start[place]
    return map_uri(teacher.start[place], teacher.high), final, change_uri(moved, teacher.high)


def change_uri(moved: FloatArray, high: float) -> str:
    """Return a change as a picture: −high/2 or less blue, 0 white, high/2 or more red."""
    coloured = colormaps["RdBu_r"](np.clip(moved / high + 0.5, 0, 1), bytes=True)[..., :3]
    return png_uri(Image.fromarray(np.ascontiguousarray(coloured)))
