"""A picture for looking: every species in every domain, large enough to judge."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mtfas.errors import BadSetting
from mtfas.runtime.files import write_bytes
from mtfas.runtime.pool import choose_workers, in_order
from mtfas.runtime.progress import track
from mtfas.synthetic.attacks import ATTACKS
from mtfas.synthetic.contact_sheet import Cells, draw_cells
from mtfas.synthetic.domains import DOMAINS, Domain
from mtfas.synthetic.framing import Framing
from mtfas.synthetic.shot import LIVE_MEDIUM, Clip, Shot
from mtfas.synthetic.sitter import Sitter
from mtfas.synthetic.synthesize import stage, take
from mtfas.types import BONA_FIDE, ByteImage

FORMATS = (".png", ".jpg", ".jpeg")
SIZE = 256
TILE = 176
TITLE = "Built-in benchmark: every species in every domain. Rendered, not real data"
_ELSEWHERE = {
    species: media for domain in reversed(DOMAINS.values()) for species, media in domain.media.items()
}
"""Instruments for a species that a domain itself does not have: here it is shown all the same."""


@dataclass(frozen=True)
class Cell:
    """One picture of the gallery: the n-th of a species in a domain."""

    seed: int
    species: str
    letter: str
    number: int


def draw_gallery(out: Path, seed: int = 0, columns: int = 2, workers: int | None = None) -> Path:
    """Render live faces and every attack species with every domain's cameras and light, as one picture.

    The pictures are made at 256 px. A species is shown in domains whose data do not have it, too: it is for
    looking, not a data set.

    Args:
        out: the picture to write, .png or .jpg; an older one is replaced.
        seed: >= 0.
        columns: pictures of each species in each domain, 1 to 8.
        workers: processes; all cores by default.

    Raises:
        BadSetting: another kind of file, or a number out of range.
    """
    if out.suffix.lower() not in FORMATS:
        raise BadSetting(f"{out} should be the picture to write; give a name that ends with .png or .jpg.")
    if seed < 0 or not 1 <= columns <= 8:
        raise BadSetting(f"seed {seed}, columns {columns}: give a seed of 0 or more and 1 to 8 columns.")
    cells = [
        Cell(seed, species, letter, number)
        for species in (BONA_FIDE, *ATTACKS)
        for letter in DOMAINS
        for number in range(columns)
    ]
    count = choose_workers(workers, len(cells), 8)
    drawn: Cells = {}
    for cell, picture in zip(
        cells, track(in_order(draw_cell, cells, count), "rendering", len(cells)), strict=True
    ):
        drawn.setdefault((cell.species, DOMAINS[cell.letter].dataset), []).append(picture)
    write_bytes(out, _encode(np.asarray(draw_cells(drawn, TITLE, TILE)), out.suffix.lower()))
    return out


def draw_cell(cell: Cell) -> ByteImage:
    """Return one picture of the gallery, [TILE, TILE, 3]."""
    domain, framing = DOMAINS[cell.letter], Framing(SIZE)
    clip = Clip(
        seed=cell.seed,
        who=f"gallery-{cell.letter}-{cell.number}",
        place=domain.places[cell.number % len(domain.places)],
        camera=domain.cameras[cell.number % len(domain.cameras)],
        species=cell.species,
        medium=_medium(domain, cell.species, cell.number),
        framing=framing,
    )
    shot = Shot(clip, 0)
    crop = take(stage(Sitter(cell.seed, clip.who, framing), shot), shot).crop
    return np.asarray(cv2.resize(crop, (TILE, TILE), interpolation=cv2.INTER_AREA), np.uint8)


def _medium(domain: Domain, species: str, number: int) -> str:
    if species == BONA_FIDE:
        return LIVE_MEDIUM
    media = domain.media.get(species) or _ELSEWHERE[species]
    return media[number % len(media)]


def _encode(picture: ByteImage, suffix: str) -> bytes:
    ordered = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return cv2.imencode(suffix, ordered, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()
