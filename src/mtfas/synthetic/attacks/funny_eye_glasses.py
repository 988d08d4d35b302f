"""Funny-eye glasses attack: joke glasses with printed or bulging eyes, worn by the subject."""

from dataclasses import dataclass, replace

import numpy as np

from mtfas.data.manifest import Parameter
from mtfas.synthetic.attacks.paper_glasses import wear_instead
from mtfas.synthetic.attacks.species import Attack
from mtfas.synthetic.drape import drape
from mtfas.synthetic.funny_eyes import EYES, Eyes, Palette
from mtfas.synthetic.motion import sway
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.palette import linear
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.sheet import Sheet, sheet_grid
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter
from mtfas.synthetic.spectacles import arms_back
from mtfas.synthetic.surface import step

_BALLS = ("ping-pong", "springs")
"""Kinds whose eyes stand out from the frame."""


@dataclass(frozen=True)
class Joke:
    """Joke glasses: the frame, the eyes (which may swing on springs), and the generating parameters."""

    frame: Sheet
    eyes: Sheet
    swing: float
    made: dict[str, Parameter]


def stage_funny_eyes(sitter: Sitter, shot: Shot) -> Scene:
    """Return the scene of the subject wearing the joke instead of any spectacles."""
    rng = sitter.stream("funny eyes", shot.medium)
    joke = sitter.keep(("funny eyes", shot.medium, shot.session), lambda: make_joke(sitter, shot, rng))
    return wear_instead(sitter, shot, (joke.frame, _swung(joke, shot)), joke.made)


def make_joke(sitter: Sitter, shot: Shot, rng: np.random.Generator) -> Joke:
    """Return one pair of joke glasses, made for nobody's face in particular."""
    kind = str(rng.choice(list(EYES)))
    apart = float(rng.uniform(0.25, 0.32))
    wide = float(rng.uniform(0.17, 0.245))
    high = wide * float(rng.uniform(0.75, 1.1))
    unit = sitter.framing.unit
    x, y = sheet_grid(unit)
    out = np.asarray(np.abs(x) - np.float32(apart), np.float32)
    power = float(rng.uniform(1.9, 3.2))
    far = (np.abs(out / wide) ** power + np.abs(y / high) ** power) ** (1 / power)
    lens = Eyes(np.asarray(x - np.sign(x) * np.float32(apart), np.float32), y, far, wide, np.sign(x))
    colour, relief = EYES[kind](lens, Palette.drawn(rng), rng)
    rim = float(rng.uniform(0.08, 0.3))
    cover, tint = _frame(x, y, far, apart, rim, rng), _tint(rng)
    gap, printed = float(rng.uniform(0.02, 0.07)), kind not in _BALLS
    fold = drape(sitter.head(shot.session), x, y, cover + (far < 1), gap, smooth=0.12)
    back = np.asarray(fold.relief + arms_back(x, apart + wide * (1 + rim)), np.float32)
    shine = float(rng.uniform(0.005, 0.03) if printed else rng.uniform(0.02, 0.07))
    base = Sheet(
        cover=np.asarray(cover, np.float32),
        colour=np.broadcast_to(np.asarray(tint, np.float32), (*x.shape, 3)).copy(),
        texels=unit,
        height=fold.height,
        bend=fold.bend,
        shine=shine,
        attack=True,
        relief=back,
        gloss=float(rng.uniform(15, 90)),
        place=(float(rng.normal(0, 0.012)), float(rng.normal(-0.01, 0.02)), float(rng.normal(0, 0.04))),
        eyewear=True,
    )
    inside = step(far, 1 + 0.7 / (unit * wide), 1 - 0.7 / (unit * wide))
    eyes = replace(base, cover=inside, colour=colour, relief=np.asarray(back + relief + 0.004, np.float32))
    swing = float(rng.uniform(0.006, 0.02)) if kind == "springs" else 0.0
    made: dict[str, Parameter] = {"eyes": kind, "size": wide, "rim": rim, "shine": shine, "gap": gap}
    return Joke(base, eyes, swing, {**made, "bulge": float(relief.max()), "swing": swing})


def _frame(x: Floats, y: Floats, far: Floats, apart: float, rim: float, rng: np.random.Generator) -> Floats:
    """Return the frame's cover: a rim round each lens, the bridge, the arms; some have horned corners."""
    ring = step(far, 1 + rim + 0.03, 1 + rim - 0.03) * (far > 0.97)
    horn = float(rng.choice([0.0, 0.0, rng.uniform(0.02, 0.07)]))
    level = -0.04 - horn * step(np.abs(x), apart, apart + 0.2)
    bridge = (np.abs(y + 0.03) < rng.uniform(0.015, 0.035)) & (np.abs(x) < apart) & (far > 1)
    arms = (
        (np.abs(y - level) < rng.uniform(0.018, 0.04)) & (np.abs(x) > apart) & (np.abs(x) < 0.68) & (far > 1)
    )
    return np.asarray(np.maximum(ring, bridge | arms), np.float32)


def _tint(rng: np.random.Generator) -> tuple[float, float, float]:
    """Return a frame's colour: black as often as bright plastic or wood."""
    if rng.random() < 0.35:
        return linear(rng.uniform(8, 45) * np.ones(3))
    return linear(rng.uniform(20, 240, 3))


def _swung(joke: Joke, shot: Shot) -> Sheet:
    if joke.swing == 0:
        return joke.eyes
    right, down = (
        sway(shot.stream("swing", axis), shot.time, joke.swing, period=(0.5, 1.0)) for axis in range(2)
    )
    x, y, turn = joke.eyes.place
    return replace(joke.eyes, place=(x + right, y + down, turn))


FUNNY_EYE_GLASSES = Attack("funny_eye_glasses", stage_funny_eyes)
