"""Domain O, after OULU-NPU: six phones, three sessions, two printers and two displays, all crossed."""

from mtfas.synthetic.camera import Camera
from mtfas.synthetic.domains.domain import Domain, Presentation, live
from mtfas.synthetic.place import DAYLIGHT, EVENING, SUN, Place
from mtfas.types import Split

CAMERAS = (
    Camera("phone-1", 0.42, 0.10, 0.24, (1.00, 1.00), 0.70, 1.10, 2.2, 0.10, 0.0006, 0.003, 0.5, (85, 95)),
    Camera("phone-2", 0.58, 0.22, 0.20, (1.06, 0.95), 0.50, 0.92, 2.1, 0.00, 0.0011, 0.005, 0.2, (70, 85)),
    Camera("phone-3", 0.70, 0.15, 0.27, (0.96, 1.06), 0.85, 1.25, 2.3, 0.20, 0.0009, 0.004, 0.7, (78, 92)),
    Camera("phone-4", 0.50, 0.18, 0.22, (1.03, 1.04), 0.60, 1.00, 2.2, 0.05, 0.0008, 0.003, 0.4, (80, 92)),
    Camera("phone-5", 0.48, 0.12, 0.25, (0.98, 0.96), 0.75, 1.18, 2.25, 0.15, 0.0007, 0.004, 0.6, (82, 95)),
    Camera("phone-6", 0.64, 0.25, 0.21, (1.08, 1.00), 0.45, 1.05, 2.15, 0.08, 0.0012, 0.006, 0.3, (72, 88)),
)
PLACES = (
    Place("session-1", DAYLIGHT, ("wall", "office", "window", "plants", "posters")),
    Place("session-2", EVENING, ("curtain", "lamps", "shelf", "room", "monitors", "people")),
    Place("session-3", SUN, ("window", "bricks", "street", "sky", "plants")),
)
MEDIA = {"print": ("printer-1", "printer-2"), "replay": ("display-1", "display-2")}


def plan(number: int, split: Split) -> tuple[Presentation, ...]:
    """Return a subject's 90 clips: live and four instruments, in every session, by every phone."""
    attacks = [(species, medium) for species, media in MEDIA.items() for medium in media]
    return tuple(
        presentation
        for place in PLACES
        for camera in CAMERAS
        for presentation in (
            live(camera, place),
            *(Presentation(species, medium, camera, place) for species, medium in attacks),
        )
    )


OULU = Domain("o", "OULU-NPU", CAMERAS, PLACES, MEDIA, plan)
