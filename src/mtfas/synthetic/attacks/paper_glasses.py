"""Paper glasses attack: a stranger's printed eyes, cut out like glasses and worn by the subject."""

import numpy as np

from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.printing import PRINTERS, print_picture
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.sheet import BEND, Sheet, sheet_grid
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter
from mtfas.synthetic.surface import step


def stage_paper_glasses(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of the subject wearing the paper instead of any spectacles."""
    paper = sitter.keep(("glasses", shot.clip.name), lambda: cut_glasses(sitter, shot.stream("paper")))
    return render(sitter.face(shot), shot.view(), shot.light, shot.background(), (paper,))


def cut_glasses(sitter: Sitter, rng: np.random.Generator) -> Sheet:
    """Return printed glasses: the stranger's eyes, with a white edge where the cut missed the picture."""
    x, y = sheet_grid(sitter.framing.unit)
    shape = glasses_shape(x, y, sitter.person.eye_distance, rng)
    picture = sitter.stranger_eyes(x, y)
    printer = PRINTERS["printer-1" if rng.random() < 0.5 else "printer-2"]
    units = np.float32(sitter.framing.unit)
    reflectance = print_picture(printer, picture, x * units, y * units, float(rng.uniform(0.2, 0.9)), rng)
    white = step(shape, float(rng.uniform(0.005, 0.04)), 0.0)[..., None]
    colour = reflectance + white * (np.asarray(printer.paper, np.float32) - reflectance)
    cover = step(shape, -0.5 / sitter.framing.unit, 0.5 / sitter.framing.unit)
    return Sheet(
        cover,
        np.asarray(colour, np.float32),
        sitter.framing.unit,
        sitter.person.depth + 0.10,
        BEND,
        0.02,
        attack=True,
    )


def glasses_shape(x: Floats, y: Floats, eye_distance: float, rng: np.random.Generator) -> Floats:
    """Return how far inside the paper each point lies: two lenses, bridge, arms (head units, < 0 outside)."""
    wide, high, power = rng.uniform(0.22, 0.29), rng.uniform(0.15, 0.21), rng.uniform(2.2, 5.0)
    across = (np.abs(x) - eye_distance) / wide
    lens = high * (1 - (np.abs(across) ** power + np.abs((y - 0.01) / high) ** power) ** (1 / power))
    bridge = np.minimum(0.06 - np.abs(y + 0.04), eye_distance - np.abs(x))
    arms = np.minimum(0.03 - np.abs(y + 0.05), rng.uniform(0.5, 0.75) - np.abs(x))
    return np.asarray(np.maximum(lens, np.maximum(bridge, arms)), np.float32)


PAPER_GLASSES = Attack("paper_glasses", stage_paper_glasses)
