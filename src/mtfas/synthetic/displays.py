"""Displays and the players on them: what each is like. Their light: display_light.py."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Display:
    """One display and the player on it.

    Attributes:
        layout: a name in subpixels.LAYOUTS.
        pitch: canvas pixels along a display pixel, lowest and highest (a sensor pixel is two).
        white: colour of its white, green = 1.
        gamma: exponent from code to light.
        black: light of a black pixel, share of white.
        vivid: saturation of its picture mode.
        light: its white against the room's light, lowest and highest.
        mirror: share of the room's light that its glass reflects.
        rough: how far the glass spreads what it reflects, as a tangent.
        scan: strength of the stripes that dimming or refresh leaves in a camera's frame, at most.
        waves: how many of these stripes lie in a frame, lowest and highest.
        turn: how much its colours change with the angle of view.
        codec: JPEG quality of the frames it plays.
        crisp: how much its player sharpens, at most.
        bezel: reflectance of its frame.
    """

    layout: str
    pitch: tuple[float, float]
    white: tuple[float, float, float]
    gamma: float
    black: float
    vivid: float
    light: tuple[float, float]
    mirror: float
    rough: float
    scan: float
    waves: tuple[float, float] = (1.0, 4.0)
    turn: float
    codec: int
    crisp: float
    bezel: float = 0.03


_MOBILE = Display(
    layout="triads",
    pitch=(2.8, 4.2),
    white=(0.96, 1.0, 1.05),
    gamma=2.35,
    black=0.006,
    vivid=1.1,
    light=(1.2, 2.6),
    mirror=0.05,
    rough=0.03,
    scan=0.06,
    turn=0.1,
    codec=35,
    crisp=1.0,
    bezel=0.02,
)
_HIGHDEF = Display(
    layout="stripe",
    pitch=(2.5, 3.6),
    white=(0.97, 1.0, 1.08),
    gamma=2.45,
    black=0.004,
    vivid=1.15,
    light=(1.5, 3.5),
    mirror=0.05,
    rough=0.02,
    scan=0.04,
    turn=0.05,
    codec=60,
    crisp=1.2,
)
DISPLAYS: dict[str, Display] = {
    # A desktop monitor, matt: stripes, bluish, grey blacks.
    "display-1": Display(
        layout="stripe",
        pitch=(2.5, 3.8),
        white=(0.95, 1.0, 1.12),
        gamma=2.55,
        black=0.006,
        vivid=1.1,
        light=(1.5, 3.5),
        mirror=0.025,
        rough=0.2,
        scan=0.07,
        turn=0.12,
        codec=55,
        crisp=1.2,
        bezel=0.05,
    ),
    # A laptop's display: reversed stripes, weak blacks, colours that turn with the angle.
    "display-2": Display(
        layout="reversed",
        pitch=(2.8, 4.4),
        white=(0.97, 1.0, 1.1),
        gamma=2.45,
        black=0.012,
        vivid=1.15,
        light=(1.0, 2.5),
        mirror=0.03,
        rough=0.15,
        scan=0.12,
        waves=(2.0, 8.0),
        turn=0.25,
        codec=45,
        crisp=1.4,
        bezel=0.25,
    ),
    # A tablet of the first generations.
    "display-3": Display(
        layout="stripe",
        pitch=(3.0, 4.6),
        white=(0.94, 1.0, 1.04),
        gamma=2.4,
        black=0.005,
        vivid=1.1,
        light=(1.3, 3.0),
        mirror=0.055,
        rough=0.02,
        scan=0.05,
        turn=0.06,
        codec=50,
        crisp=1.4,
        bezel=0.02,
    ),
    # A phone with an organic display: diamonds, true black, strong colours, strong dimming.
    "display-4": Display(
        layout="diamond",
        pitch=(2.4, 3.6),
        white=(1.02, 1.0, 1.03),
        gamma=2.4,
        black=0.0005,
        vivid=1.12,
        light=(1.3, 3.0),
        mirror=0.045,
        rough=0.02,
        scan=0.2,
        waves=(3.0, 10.0),
        turn=0.04,
        codec=60,
        crisp=1.0,
        bezel=0.02,
    ),
    # A large laptop display with a warm night mode.
    "display-5": Display(
        layout="stripe",
        pitch=(2.6, 3.6),
        white=(1.08, 1.0, 0.86),
        gamma=2.45,
        black=0.005,
        vivid=1.1,
        light=(1.2, 3.0),
        mirror=0.04,
        rough=0.03,
        scan=0.05,
        turn=0.08,
        codec=70,
        crisp=1.2,
        bezel=0.4,
    ),
    # A tablet with fine cells.
    "display-6": Display(
        layout="stripe",
        pitch=(2.4, 3.4),
        white=(0.97, 1.0, 1.07),
        gamma=2.45,
        black=0.003,
        vivid=1.1,
        light=(1.5, 3.5),
        mirror=0.05,
        rough=0.02,
        scan=0.04,
        turn=0.05,
        codec=65,
        crisp=1.2,
        bezel=0.6,
    ),
    # A small phone: triads, coarse video.
    "display-7": Display(
        layout="triads",
        pitch=(2.8, 4.4),
        white=(0.93, 1.0, 1.08),
        gamma=2.4,
        black=0.008,
        vivid=1.15,
        light=(1.2, 2.8),
        mirror=0.05,
        rough=0.03,
        scan=0.08,
        waves=(2.0, 6.0),
        turn=0.12,
        codec=40,
        crisp=1.2,
    ),
    # A television: large reversed cells, hard contrast.
    "display-8": Display(
        layout="reversed",
        pitch=(2.8, 4.4),
        white=(0.94, 1.0, 1.1),
        gamma=2.5,
        black=0.004,
        vivid=1.08,
        light=(1.5, 4.0),
        mirror=0.04,
        rough=0.06,
        scan=0.1,
        waves=(1.0, 6.0),
        turn=0.1,
        codec=50,
        crisp=1.4,
    ),
    "mobile-photo": _MOBILE,
    "mobile-video": _MOBILE,
    "highdef-photo": _HIGHDEF,
    "highdef-video": _HIGHDEF,
}
_STILL = "-photo"


def stands_still(medium: str) -> bool:
    """Whether a display of this name shows a photograph; all others play a video."""
    return medium.endswith(_STILL)
