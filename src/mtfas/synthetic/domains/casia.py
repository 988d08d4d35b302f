"""Domain C, after CASIA-MFSD: three picture qualities; warped photo, cut photo and tablet replay."""

from mtfas.synthetic.camera import Camera
from mtfas.synthetic.domains.domain import Domain, Presentation, live
from mtfas.synthetic.place import CEILING, DAYLIGHT, Place
from mtfas.types import Split

CAMERAS = (
    Camera(
        "webcam-old", 0.50, 0.20, 0.21, (1.05, 0.93), 0.55, 0.90, 2.1, 0.0, 0.0010, 0.005, 0.3, (66, 82), 0.85
    ),
    Camera(
        "webcam-new", 0.45, 0.15, 0.23, (0.98, 1.05), 0.65, 1.05, 2.2, 0.1, 0.0008, 0.004, 0.6, (76, 90), 0.9
    ),
    Camera("system", 0.40, 0.08, 0.25, (1.00, 1.00), 0.80, 1.15, 2.25, 0.15, 0.0004, 0.002, 0.4, (88, 96)),
)
PLACES = (
    Place("indoors-1", DAYLIGHT, ("office", "wall", "shelf", "room", "monitors")),
    Place("indoors-2", CEILING, ("curtain", "wall", "posters", "tiles", "people")),
)
MEDIA = {"warped_photo": ("coated-paper-1",), "cut_photo": ("coated-paper-1",), "replay": ("display-3",)}


def plan(number: int, split: Split) -> tuple[Presentation, ...]:
    """Return a subject's 12 clips: live and three attacks by each camera; the place alternates."""
    clips = []
    for order, camera in enumerate(CAMERAS):
        place = PLACES[(number + order) % len(PLACES)]
        clips.append(live(camera, place))
        clips += [Presentation(species, media[0], camera, place) for species, media in MEDIA.items()]
    return tuple(clips)


CASIA = Domain("c", "CASIA-MFSD", CAMERAS, PLACES, MEDIA, plan)
