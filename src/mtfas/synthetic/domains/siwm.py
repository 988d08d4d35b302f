"""Domain S, after SiW-M: thirteen attack species in many places; every person does one thing only.

Since an attacker attacks in one way, "train without a species, test on all its clips" keeps people apart.
"""

from mtfas.synthetic.camera import Camera
from mtfas.synthetic.domains.domain import Domain, Presentation, live
from mtfas.synthetic.place import BACKLIT, CEILING, COLOURED, DAYLIGHT, EVENING, SUN, Place
from mtfas.types import Split

CAMERAS = (
    Camera("camera-1", 0.35, 0.12, 0.23, (1.02, 0.98), 0.65, 1.08, 2.2, 0.10, 0.0004, 0.002, 0.5, (86, 96)),
    Camera("camera-2", 0.45, 0.20, 0.25, (0.97, 1.04), 0.75, 1.00, 2.15, 0.05, 0.0006, 0.003, 0.3, (82, 94)),
    Camera("camera-3", 0.40, 0.16, 0.21, (1.05, 1.02), 0.50, 1.15, 2.25, 0.12, 0.0005, 0.003, 0.6, (80, 92)),
)
PLACES = (
    Place("office", DAYLIGHT, ("office", "wall", "window", "monitors", "posters")),
    Place("home", EVENING, ("shelf", "curtain", "lamps", "room", "wood")),
    Place("corridor", CEILING, ("wall", "office", "tiles", "people", "posters")),
    Place("outdoors", SUN, ("street", "sky", "plants", "bricks")),
    Place("stage", COLOURED, ("lamps", "curtain", "people", "monitors")),
    Place("window", BACKLIT, ("window", "shelf", "room", "plants")),
)
MEDIA = {
    "replay": ("display-4", "display-5", "display-8"),
    "print": ("printer-5", "printer-6"),
    "half_mask": ("half-mask-1",),
    "silicone_mask": ("silicone-1",),
    "transparent_mask": ("transparent-1",),
    "paper_mask": ("paper-mask-1",),
    "mannequin": ("mannequin-1",),
    "obfuscation_makeup": ("obfuscation-1",),
    "impersonation_makeup": ("impersonation-1",),
    "cosmetic_makeup": ("cosmetic-1",),
    "funny_eye_glasses": ("funny-eye-1",),
    "paper_glasses": ("paper-glasses-1",),
    "partial_paper": ("partial-paper-1",),
}
LIVE = 10
"""Of every 23 subjects of a split ten are live; the others attack, each in one of the 13 ways."""
ROUND = LIVE + len(MEDIA)
"""Subjects to a round: a split has whole rounds, so that it has every species equally often."""


def plan(number: int, split: Split) -> tuple[Presentation, ...]:
    """Return a subject's one clip, live or an attack; cameras and places are dealt evenly to all species."""
    round_, role = divmod(number, ROUND)
    if role < LIVE:
        turn = round_ * LIVE + role
        return (live(*_where(turn)),)
    order = role - LIVE
    species = list(MEDIA)[order]
    media = MEDIA[species]
    # Every camera meets an instrument before the next one's turn: neither gives the other away.
    medium = media[round_ // len(CAMERAS) % len(media)]
    return (Presentation(species, medium, *_where(round_ + order)),)


def _where(turn: int) -> tuple[Camera, Place]:
    return CAMERAS[(turn + turn // len(PLACES)) % len(CAMERAS)], PLACES[turn % len(PLACES)]


SIW_M = Domain("s", "SiW-M", CAMERAS, PLACES, MEDIA, plan)
