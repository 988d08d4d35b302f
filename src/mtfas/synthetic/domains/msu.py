"""Domain M, after MSU-MFSD: a laptop and a phone in one room; a large print, videos on tablet and phone."""

from mtfas.synthetic.camera import Camera
from mtfas.synthetic.domains.domain import Domain, Presentation, live
from mtfas.synthetic.place import COLOURED, Place
from mtfas.types import Split

CAMERAS = (
    Camera(
        "macbook", 0.60, 0.14, 0.23, (1.00, 1.07), 0.60, 0.98, 2.2, 0.05, 0.0011, 0.005, 0.35, (70, 86), 0.85
    ),
    Camera("nexus", 0.52, 0.20, 0.20, (1.07, 0.98), 0.55, 1.12, 2.1, 0.12, 0.0010, 0.004, 0.55, (76, 90)),
)
PLACES = (Place("scene-1", COLOURED, ("office", "shelf", "lamps", "monitors", "posters", "room", "plants")),)
MEDIA = {"print": ("printer-4",), "replay": ("display-6", "display-7")}


def plan(number: int, split: Split) -> tuple[Presentation, ...]:
    """Return a subject's 8 clips: live and three instruments by each camera."""
    attacks = [(species, medium) for species, media in MEDIA.items() for medium in media]
    return tuple(
        presentation
        for camera in CAMERAS
        for presentation in (
            live(camera, PLACES[0]),
            *(Presentation(species, medium, camera, PLACES[0]) for species, medium in attacks),
        )
    )


MSU = Domain("m", "MSU-MFSD", CAMERAS, PLACES, MEDIA, plan)
