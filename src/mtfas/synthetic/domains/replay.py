"""Domain I, after Replay-Attack: one laptop, two lights; a print, photos and videos on two displays."""

from mtfas.synthetic.camera import Camera
from mtfas.synthetic.domains.domain import Domain, Presentation, live
from mtfas.synthetic.place import BACKLIT, CEILING, Place
from mtfas.types import Split

CAMERAS = (
    Camera(
        "laptop", 0.62, 0.18, 0.22, (1.02, 0.96), 0.6, 0.95, 2.15, 0.05, 0.0013, 0.005, 0.45, (66, 82), 0.8
    ),
)
PLACES = (
    Place("controlled", CEILING, ("wall", "curtain", "tiles", "wood")),
    Place("adverse", BACKLIT, ("window", "office", "room", "monitors", "people")),
)
MEDIA = {
    "print": ("printer-3",),
    "replay": ("mobile-photo", "mobile-video", "highdef-photo", "highdef-video"),
}
SUPPORTS = (1, 2)
"""The take of an attack: 1 on a stand, 2 in the hand; a live face has two takes as well."""


def plan(number: int, split: Split) -> tuple[Presentation, ...]:
    """Return a subject's 24 clips: two live takes and five instruments on two supports, in both lights."""
    attacks = [(species, medium) for species, media in MEDIA.items() for medium in media]
    return tuple(
        presentation
        for place in PLACES
        for take in SUPPORTS
        for presentation in (
            live(CAMERAS[0], place, take),
            *(Presentation(species, medium, CAMERAS[0], place, take) for species, medium in attacks),
        )
    )


REPLAY = Domain("i", "Replay-Attack", CAMERAS, PLACES, MEDIA, plan)
