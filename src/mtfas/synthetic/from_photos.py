"""Attacks made from real live photographs by the built-in benchmark's own cameras, printers and displays.

The photographs are real, what is done with them is simulated: a live row is a photograph seen once more
through a camera, an attack row a simulated re-capture of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from mtfas.data.manifest import FaceRow, write_manifest
from mtfas.data.splits import assign_splits
from mtfas.errors import BadData, BadSetting
from mtfas.faces.crop import CropRule, crop_face
from mtfas.faces.depth import canonical_depth
from mtfas.faces.image import read_image
from mtfas.runtime.files import new_folder, read_json
from mtfas.runtime.pool import choose_workers, in_order
from mtfas.runtime.progress import track
from mtfas.runtime.seeds import stream
from mtfas.synthetic.attacks.photo_glasses import wear_photo_glasses
from mtfas.synthetic.attacks.prints import light_of, recapture_print
from mtfas.synthetic.attacks.replay import DISPLAYS, recapture_replay
from mtfas.synthetic.camera import CAMERAS, capture
from mtfas.synthetic.contact_sheet import CONTACT_SHEET, draw_contact_sheet
from mtfas.synthetic.framing import CROP_SCALE, FRAME, Framing
from mtfas.synthetic.noise import Floats
from mtfas.synthetic.photos import Found, Photo, find_faces_in, list_photos
from mtfas.synthetic.plan import FACES_A_WORKER, LIVE_MEDIUM
from mtfas.synthetic.printing import PRINTERS
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import SESSIONS, Shot
from mtfas.synthetic.sitter import PHOTO_FIELD
from mtfas.synthetic.store import Face, Origin, make_row, save_face
from mtfas.types import BONA_FIDE, Box, ByteImage, Label, Split

DATASET = "from-photos"
LIVE_FRAMES = 2
INSTRUMENTS = (
    *(("print", printer) for printer in PRINTERS),
    *(("replay", display) for display in DISPLAYS),
    ("paper_glasses", "paper-glasses-1"),
)
"""(species, medium) of the attacks made from every photograph in every camera."""


@dataclass(frozen=True)
class PhotoSummary:
    """What was made.

    Attributes:
        folder: the prepared data set.
        photographs: image files found; `with_face`: those in which there was a face.
        counts: faces, live, attack, subjects, presentations, non_responses.
        contact_sheet: a picture of every species under every camera.
    """

    folder: Path
    photographs: int
    with_face: int
    counts: dict[str, int]
    contact_sheet: Path


@dataclass(frozen=True)
class PhotoJob:
    """All faces made from one photograph; the donor lends the eyes on the paper glasses."""

    seed: int
    number: int
    found: Found
    donor: Found
    split: Split
    size: int


def synthesize_from_photos(
    photos: Path,
    out: Path,
    size: int = 64,
    seed: int = 0,
    subjects: Path | None = None,
    boxes: Path | None = None,
    workers: int | None = None,
) -> PhotoSummary:
    """Turn live photographs into a prepared data set with print, replay and paper-glasses attacks.

    Args:
        photos: searched with all its sub-folders; in each photograph the largest face is used.
        out: the folder to make.
        size: side of a face crop in pixels, 16 to 512.
        seed: >= 0; the same photographs and seed give the same bytes, whatever the number of workers.
        subjects: CSV or TSV with the columns file and subject (or person). Without it the sub-folder is the
            subject, and a photograph in no sub-folder is its own.
        boxes: CSV with the columns file, left, top, width, height; wins over detection.
        workers: processes; by default as many as cores and work allow.

    Raises:
        BadSetting: a setting is out of range or `out` already holds something.
        BadFile: the folder or a table cannot be read.
        BadData: fewer than three subjects have a photograph with a face.
    """
    if not 16 <= size <= 512:
        raise BadSetting(f"size is {size} pixels; choose 16 to 512.")
    if seed < 0:
        raise BadSetting(f"seed is {seed}; give a whole number of 0 or more.")
    listed = list_photos(photos, subjects, boxes)
    faces = len(listed) * len(CAMERAS) * (len(INSTRUMENTS) + LIVE_FRAMES)
    count = choose_workers(workers, faces, FACES_A_WORKER)
    with new_folder(out) as scratch:
        looked = in_order(find_faces_in, listed, count)
        found = list(track(looked, "finding faces", len(listed)))
        splits = split_subjects(found, seed)
        jobs = plan_photos(found, splits, seed, size)
        rows = [_no_response(one, splits) for one in found if one.reason]
        for made in track(in_order(partial(render_photo, scratch), jobs, count), "making attacks", len(jobs)):
            rows.extend(made)
        draw_contact_sheet(scratch, rows, "From photographs: attacks are simulated")
        write_manifest(scratch, rows, describe(size, seed))
    counts = read_json(out / "dataset.json")["counts"]
    return PhotoSummary(out, len(listed), len(jobs), counts, out / CONTACT_SHEET)


def split_subjects(found: Sequence[Found], seed: int) -> dict[str, Split]:
    """Deal the subjects that have a face to train, dev and test; those without go to test, to be counted.

    Raises:
        BadData: fewer than three subjects have one.
    """
    subjects = {one.photo.subject for one in found}
    seen = {one.photo.subject for one in found if one.reason is None}
    if len(seen) < len(Split):
        raise BadData(
            f"{len(seen)} of {len(subjects)} subject(s) have a photograph with a face, but train, dev and "
            "test need different people; give photographs of at least 3 subjects, or their boxes."
        )
    dealt = assign_splits({subject: tuple(Label) for subject in seen}, seed)
    return {subject: dealt.get(subject, Split.TEST) for subject in sorted(subjects)}


def plan_photos(found: Sequence[Found], splits: dict[str, Split], seed: int, size: int) -> list[PhotoJob]:
    """Return one job a photograph with a face; its donor is another subject of its split if there is one."""
    usable = [one for one in found if one.reason is None]
    jobs = []
    for number, one in enumerate(usable):
        split = splits[one.photo.subject]
        same = [other for other in usable if splits[other.photo.subject] is split]
        others = [other for other in same if other.photo.subject != one.photo.subject] or [one]
        donor = others[int(stream(seed, one.photo.who, "donor").integers(len(others)))]
        jobs.append(PhotoJob(seed, number, one, donor, split, size))
    return jobs


def render_photo(folder: Path, job: PhotoJob) -> list[FaceRow]:
    """Write all faces made from one photograph under the folder and return their rows."""
    framing = Framing(job.size)
    photo = _frame(job.found, framing, PHOTO_FIELD)
    live = light_of(_frame(job.found, framing, 1.0))
    donor = _frame(job.donor, framing, 1.0)
    session = SESSIONS[job.number % len(SESSIONS)]
    rows = []
    for camera in CAMERAS:
        for frame in range(LIVE_FRAMES):
            shot = Shot(job.seed, job.found.photo.who, session, camera, LIVE_MEDIUM, frame, framing)
            scene = live_scene(live, job.found, shot)
            rows.append(_save(folder, job, BONA_FIDE, shot, scene))
        for species, medium in INSTRUMENTS:
            shot = Shot(job.seed, job.found.photo.who, session, camera, medium, 0, framing)
            rows.append(_save(folder, job, species, shot, _stage(job, species, shot, photo, live, donor)))
    return rows


def live_scene(live: Floats, found: Found, shot: Shot) -> Scene:
    """Return a photographed face in the colour of the session's light, moved a little as between frames.

    The scene's depth is the canonical face's, 0 to 255, moved with it.

    Args:
        live: the photograph around the face, linear, [canvas, canvas, 3].
        found: the photograph.
        shot: the conditions.
    """
    rng, side = shot.frame_stream("place"), live.shape[0]
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), rng.normal(0, 2.5), rng.uniform(0.97, 1.05))
    matrix = matrix + np.pad(rng.normal(0, 0.012 * side, (2, 1)), ((0, 0), (2, 0)))
    moved = cv2.warpAffine(live, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    depth = canonical_depth(_box(found), CropRule(side, CROP_SCALE * FRAME))
    deep = cv2.warpAffine(depth, matrix, (side, side), flags=cv2.INTER_NEAREST)
    colour = np.asarray(moved * shot.light.mean_colour, np.float32)
    return Scene(colour, np.asarray(deep, np.float32), np.zeros((side, side), np.bool_))


def describe(size: int, seed: int) -> dict[str, object]:
    """Return what dataset.json says of the making."""
    return {
        "source": "live photographs; every attack is simulated from them by mtfas synthesize --from-photos",
        "dataset": DATASET,
        "recipe": "photographs seen again by simulated cameras; prints, replays and paper glasses of them",
        "seed": seed,
        "crop": CropRule(size, CROP_SCALE).as_dict(),
        "cameras": list(CAMERAS),
        "media": [medium for _, medium in INSTRUMENTS],
    }


def _frame(found: Found, framing: Framing, field: float) -> ByteImage:
    """Return the photograph around the face, `field` canvas sides wide, in canvas pixels."""
    side = 2 * round(framing.canvas * field / 2)
    scale = CROP_SCALE * FRAME * side / framing.canvas
    return crop_face(read_image(found.photo.path), _box(found), CropRule(side, scale))


def _stage(
    job: PhotoJob, species: str, shot: Shot, photo: ByteImage, live: Floats, donor: ByteImage
) -> Scene:
    if species == "print":
        return recapture_print(photo, shot)
    if species == "replay":
        return recapture_replay(photo, shot)
    return wear_photo_glasses(live_scene(live, job.found, shot).colour, donor, shot)


def _save(folder: Path, job: PhotoJob, species: str, shot: Shot, scene: Scene) -> FaceRow:
    frame = capture(CAMERAS[shot.camera], scene.colour, shot.framing.sensor, shot.frame_stream("camera"))
    crop = shot.crop()
    if species == BONA_FIDE:
        face = Face(crop.picture(frame), crop.exact(scene.depth).astype(np.uint8), None)
    else:
        region = crop.exact(scene.region.astype(np.float32)) > 0.5
        face = Face(crop.picture(frame), None, region.astype(np.uint8) * np.uint8(255))
    return save_face(folder, face, _origin(job.found.photo, job.split, species, shot, job.found.box))


def _origin(photo: Photo, split: Split, species: str, shot: Shot, box: Box | None) -> Origin:
    return Origin(
        dataset=DATASET,
        release="1",
        split=str(split),
        subject=photo.subject,
        session=f"session-{shot.session}",
        camera=shot.camera,
        medium=shot.medium,
        species=species,
        presentation=shot.presentation,
        frame=shot.frame,
        box=box,
        detector="given" if photo.box else "haar",
        source=photo.name,
    )


def _no_response(found: Found, splits: dict[str, Split]) -> FaceRow:
    photo = found.photo
    origin = Origin(
        dataset=DATASET,
        release="1",
        split=str(splits[photo.subject]),
        subject=photo.subject,
        session="unknown",
        camera="unknown",
        medium=LIVE_MEDIUM,
        species=BONA_FIDE,
        presentation=photo.who,
        frame=0,
        box=photo.box,
        detector="given" if photo.box else "haar",
        source=photo.name,
    )
    return make_row(origin, None, None, None, None, found.reason)


def _box(found: Found) -> Box:
    if found.box is None:
        raise ValueError(f"{found.photo.name} has no face")
    return found.box
