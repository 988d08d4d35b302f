"""Paper glasses attack: a stranger's printed eyes, cut out like glasses and worn by the subject."""

from dataclasses import dataclass, replace

import numpy as np

from mtfas.data.manifest import Parameter
from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.drape import drape
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.sheet import Sheet, sheet_grid
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter
from mtfas.synthetic.spectacles import arms_back
from mtfas.synthetic.stranger_print import cut_print


@dataclass(frozen=True)
class Instrument:
    """What is worn, and the generating parameters it was made with."""

    sheet: Sheet
    made: dict[str, Parameter]


def stage_paper_glasses(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of the subject wearing the paper instead of any spectacles."""
    key = ("glasses", shot.medium, shot.session)
    paper = sitter.keep(key, lambda: cut_glasses(sitter, shot, sitter.stream("paper glasses", shot.medium)))
    return wear_instead(sitter, shot, (paper.sheet,), paper.made)


def wear_instead(sitter: Sitter, shot: Shot, sheets: tuple[Sheet, ...], made: dict[str, Parameter]) -> Scene:
    """Return the scene of the subject with sheets before the eyes instead of any spectacles."""
    others = tuple(sheet for sheet in sitter.worn(shot) if not sheet.eyewear)
    scene = render(sitter.face(shot), shot.view(), shot.light, shot.background(), (*sheets, *others))
    return replace(scene, made={**scene.made, **made})


def cut_glasses(sitter: Sitter, shot: Shot, rng: np.random.Generator) -> Instrument:
    """Return printed glasses: the stranger's eyes, with a white edge where the cut missed the picture."""
    unit, head = sitter.framing.unit, sitter.head(shot.session)
    x, y = sheet_grid(unit)
    hinge = sitter.person.eye_distance + float(rng.uniform(0.19, 0.25))
    inward = glasses_shape(x, y, sitter.person.eye_distance, rng)
    lift, larger = float(rng.uniform(0.01, 0.05)), float(rng.uniform(0.95, 1.25))
    miss = rng.normal(0, 0.012, 2)
    picture = cut_print(sitter, x + np.float32(miss[0]), y + np.float32(miss[1]), inward, rng, larger)
    fold = drape(head, x, y, inward * (np.abs(x) < hinge), lift, smooth=0.05)
    place = (float(rng.normal(0, 0.012)), float(rng.normal(0.0, 0.02)), float(rng.normal(0, 0.04)))
    sheet = Sheet(
        cover=picture.cover,
        colour=picture.colour,
        texels=unit,
        height=fold.height,
        bend=fold.bend,
        shine=picture.shine,
        attack=True,
        relief=np.asarray(fold.relief + arms_back(x, max(hinge, 0.5)), np.float32),
        gloss=picture.gloss,
        place=place,
        eyewear=True,
    )
    made: dict[str, Parameter] = {
        "printer": picture.printer,
        "structure": picture.structure,
        "rim": picture.rim,
    }
    return Instrument(sheet, {**made, "lift": lift, "larger": larger, "shine": picture.shine})


def glasses_shape(x: Floats, y: Floats, eye_distance: float, rng: np.random.Generator) -> Floats:
    """Return how far inside the paper each point lies: two lenses, bridge, arms (head units, < 0 outside)."""
    wide, high, power = rng.uniform(0.21, 0.27), rng.uniform(0.13, 0.20), rng.uniform(2.0, 6.0)
    across = (np.abs(x) - eye_distance) / wide
    lens = high * (1 - (np.abs(across) ** power + np.abs((y - 0.01) / high) ** power) ** (1 / power))
    bridge = np.minimum(rng.uniform(0.03, 0.07) - np.abs(y + 0.04), eye_distance - np.abs(x))
    thick, long_ = rng.uniform(0.02, 0.04), rng.choice([0.4, rng.uniform(0.55, 0.68)])
    arms = np.minimum(thick - np.abs(y + 0.05), long_ - np.abs(x))
    ragged = 0.004 * np.sin(31 * x + rng.uniform(0, 6)) + 0.003 * np.sin(43 * y + rng.uniform(0, 6))
    return np.asarray(np.maximum(lens, np.maximum(bridge, arms)) + ragged, np.float32)


PAPER_GLASSES = Attack("paper_glasses", stage_paper_glasses)
