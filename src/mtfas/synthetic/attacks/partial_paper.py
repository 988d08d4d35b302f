"""Partial paper attack: a piece of a stranger's printed face, stuck on or held before the subject's own."""

from dataclasses import dataclass, replace

import numpy as np

from mtfas.data.manifest import Parameter
from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.drape import curled, drape
from mtfas.synthetic.motion import sway
from mtfas.synthetic.noise import Floats, smooth
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.sheet import Sheet, sheet_grid
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter
from mtfas.synthetic.stranger_print import cut_print


@dataclass(frozen=True)
class Piece:
    """Which part of a face is covered: middle, half width and half height (head units), least and most."""

    down: tuple[float, float]
    wide: tuple[float, float]
    high: tuple[float, float]
    aside: tuple[float, float] = (0.0, 0.0)
    power: tuple[float, float] = (2.2, 9.0)


PIECES: dict[str, Piece] = {
    "eyes": Piece((-0.04, 0.02), (0.46, 0.60), (0.13, 0.24), power=(3.0, 10.0)),
    "one eye": Piece((-0.04, 0.02), (0.20, 0.28), (0.14, 0.22), (0.27, 0.31)),
    "mouth": Piece((0.56, 0.62), (0.28, 0.42), (0.13, 0.22)),
    "nose": Piece((0.16, 0.24), (0.17, 0.26), (0.28, 0.36)),
    "nose and mouth": Piece((0.40, 0.46), (0.34, 0.46), (0.32, 0.42)),
    "half": Piece((0.18, 0.28), (0.27, 0.33), (0.5, 0.68), (0.26, 0.30), (2.5, 5.0)),
}
_SHARES = (0.32, 0.10, 0.30, 0.08, 0.12, 0.08)


@dataclass(frozen=True)
class Stuck:
    """A piece of paper as it sits, whether a hand holds it, and its generating parameters."""

    sheet: Sheet
    held: bool
    made: dict[str, Parameter]


def stage_partial_paper(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of the subject behind the piece; held pieces shift a little over the frames."""
    rng = sitter.stream("partial paper", shot.medium)
    stuck = sitter.keep(("piece", shot.medium, shot.session), lambda: cut_piece(sitter, shot, rng))
    sheet = shaken(stuck.sheet, shot) if stuck.held else stuck.sheet
    worn = sitter.worn(shot)
    eyes = str(stuck.made["piece"]) in ("eyes", "one eye", "half")
    others = tuple(one for one in worn if not (eyes and one.eyewear))
    scene = render(sitter.face(shot), shot.view(), shot.light, shot.background(), (sheet, *others))
    return replace(scene, made={**scene.made, **stuck.made})


def cut_piece(sitter: Sitter, shot: Shot, rng: np.random.Generator) -> Stuck:
    """Return one piece, cut, printed and laid on the subject's face."""
    name = str(rng.choice(list(PIECES), p=_SHARES))
    piece, side = PIECES[name], float(rng.choice([-1, 1]))
    middle = (side * float(rng.uniform(*piece.aside)), float(rng.uniform(*piece.down)))
    wide, high = float(rng.uniform(*piece.wide)), float(rng.uniform(*piece.high))
    x, y = sheet_grid(sitter.framing.unit, wide + 0.06, high + 0.06)
    inward = _outline(x, y, (wide, high), float(rng.uniform(*piece.power)), rng)
    held = bool(rng.random() < 0.4)
    gap = float(rng.uniform(0.03, 0.12) if held else rng.uniform(0.006, 0.02))
    larger, miss = float(rng.uniform(0.95, 1.12)), rng.normal(0, 0.015, 2)
    across, down = x + np.float32(middle[0]), y + np.float32(middle[1])
    shown = cut_print(sitter, across + np.float32(miss[0]), down + np.float32(miss[1]), inward, rng, larger)
    fold = drape(sitter.head(shot.session), across, down, inward, gap, smooth=float(rng.uniform(0.02, 0.08)))
    curl = float(rng.uniform(0.0, 0.05))
    fold = curled(fold, x, y, high * float(rng.choice([-1, 1])), curl)
    sheet = Sheet(
        cover=shown.cover,
        colour=shown.colour,
        texels=sitter.framing.unit,
        height=fold.height,
        bend=fold.bend,
        shine=shown.shine,
        attack=True,
        relief=np.asarray(fold.relief + _crumpled(x, rng), np.float32),
        gloss=shown.gloss,
        place=(*middle, float(rng.normal(0, 0.06))),
    )
    made: dict[str, Parameter] = {"piece": name, "printer": shown.printer, "structure": shown.structure}
    made |= {"rim": shown.rim, "gap": gap, "curl": curl, "held": float(held), "larger": larger}
    return Stuck(sheet, held, made)


def _outline(
    x: Floats, y: Floats, size: tuple[float, float], power: float, rng: np.random.Generator
) -> Floats:
    """Return how far inside the cut each point lies, head units: scissors seldom cut straight."""
    wide, high = size
    far = (np.abs(x / wide) ** power + np.abs(y / high) ** power) ** (1 / power)
    first, second = rng.uniform(0, 2 * np.pi, 2)
    ragged = 0.008 * np.sin(9 * x + 7 * y + first) + 0.004 * np.sin(23 * x - 17 * y + second)
    return np.asarray(min(size) * (1 - far) + ragged, np.float32)


def _crumpled(x: Floats, rng: np.random.Generator) -> Floats:
    """Return creases of handled paper, head units."""
    side = max(x.shape)
    waves = smooth(rng, side, 5)[: x.shape[0], : x.shape[1]]
    return np.asarray(np.float32(rng.uniform(0.0, 0.006)) * np.abs(waves), np.float32)


def shaken(sheet: Sheet, shot: Shot) -> Sheet:
    """Return a piece as the hand that holds it has moved it by the shot's time."""
    right, down, turn = (
        at + sway(shot.stream("held", axis), shot.time, size)
        for axis, (at, size) in enumerate(zip(sheet.place, (0.008, 0.008, 0.012), strict=True))
    )
    return replace(sheet, place=(right, down, turn))


PARTIAL_PAPER = Attack("partial_paper", stage_partial_paper)
