"""Attacks made from real live photographs by the built-in benchmark's own cameras, printers and displays.

The photographs are real, what is done with them is simulated: a live row is a photograph seen once more
through a camera, an attack row a simulated re-capture of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from mtfas.data.manifest import FaceRow, Parameter, make_table, write_manifest
from mtfas.data.splits import assign_splits
from mtfas.errors import BadData, BadSetting
from mtfas.faces.crop import CropRule
from mtfas.runtime.files import read_json, refuse_existing, unfinished_folder
from mtfas.runtime.pool import choose_workers, give_up_if_stopped, in_order
from mtfas.runtime.progress import track
from mtfas.runtime.seeds import stream
from mtfas.synthetic.camera import capture, expose
from mtfas.synthetic.contact_sheet import CONTACT_SHEET, draw_contact_sheet
from mtfas.synthetic.domains import DOMAINS
from mtfas.synthetic.framing import CROP_SCALE, Framing
from mtfas.synthetic.photo_sitter import PhotoSitter, face_box, stage_photo
from mtfas.synthetic.photos import Found, Photo, find_faces_in, list_photos
from mtfas.synthetic.plan import FACES_A_WORKER
from mtfas.synthetic.presets import check_size
from mtfas.synthetic.scene import Scene
from mtfas.synthetic.shot import LIVE_MEDIUM, Clip, Shot
from mtfas.synthetic.store import Face, Origin, depth_image, make_row, read_rows, save_face, write_rows
from mtfas.types import BONA_FIDE, Label, Split

DATASET, RELEASE = "from-photos", "2"
LIVE_FRAMES = 4
CAMERAS = (*DOMAINS["s"].cameras, *DOMAINS["o"].cameras[:3])
PLACES = (*DOMAINS["o"].places, *DOMAINS["s"].places)
INSTRUMENTS = (
    *(("print", printer) for printer in ("printer-1", "printer-2", "printer-3", "printer-5")),
    *(("replay", display) for display in ("display-1", "display-2", "display-4", "mobile-photo")),
    ("warped_photo", "photo-paper-1"),
    ("cut_photo", "photo-paper-1"),
    ("paper_glasses", "paper-glasses-1"),
    ("partial_paper", "partial-paper-1"),
)
"""(species, medium) of the attacks made from every photograph in every camera."""
KNOWN_GEOMETRY = ("print", "replay", "warped_photo", "cut_photo")
"""Species whose geometry is the sheet's or display's own; that of a photographed face is not known."""


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
    """All faces made from one photograph; the donor lends printed pieces, and living eyes for a cut photo."""

    seed: int
    number: int
    found: Found
    donor: Found
    split: Split
    size: int

    def clips(self) -> Iterator[Clip]:
        """Yield what is done with the photograph: live and every instrument before every camera."""
        who, framing = self.found.photo.who, Framing(self.size)
        for order, camera in enumerate(CAMERAS):
            place = PLACES[(self.number + order) % len(PLACES)]
            for species, medium in ((BONA_FIDE, LIVE_MEDIUM), *INSTRUMENTS):
                yield Clip(self.seed, who, place, camera, species, medium, framing)


def synthesize_from_photos(
    photos: Path,
    out: Path,
    size: int = 64,
    seed: int = 0,
    subjects: Path | None = None,
    boxes: Path | None = None,
    workers: int | None = None,
) -> PhotoSummary:
    """Turn live photographs into a prepared data set with the attacks in INSTRUMENTS.

    What was interrupted goes on where it stopped when it is asked for again.

    Args:
        photos: searched with all its sub-folders; in each photograph the largest face is used.
        out: the folder to make.
        size: side of a face crop in pixels, 16 to 512, a multiple of 8.
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
    check_size(size)
    if seed < 0:
        raise BadSetting(f"seed is {seed}; give a whole number of 0 or more.")
    listed = list_photos(photos, subjects, boxes)
    faces = len(listed) * len(CAMERAS) * (LIVE_FRAMES + len(INSTRUMENTS))
    count = choose_workers(workers, faces, FACES_A_WORKER)
    refuse_existing(out)
    found = list(track(in_order(find_faces_in, listed, count), "finding faces", len(listed)))
    splits = split_subjects(found, seed)
    jobs = plan_photos(found, splits, seed, size)
    info = describe(size, seed)
    with unfinished_folder(out, {**info, "photographs": [_named(photo) for photo in listed]}) as scratch:
        rows = [_no_response(one, splits) for one in found if one.reason]
        for made in track(in_order(partial(render_photo, scratch), jobs, count), "making attacks", len(jobs)):
            rows.extend(made)
        table = make_table(rows)
        draw_contact_sheet(scratch, table, "From photographs: attacks are simulated")
        write_manifest(scratch, table, info)
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
    """Write all faces made from one photograph under the folder and return their rows.

    A photograph that an earlier attempt finished is not used again.
    """
    finished = read_rows(folder, job.found.photo.who)
    if finished is not None:
        return finished
    sitter = PhotoSitter(job.found, job.donor, Framing(job.size))
    rows = []
    for clip in job.clips():
        give_up_if_stopped()
        frames = LIVE_FRAMES if clip.species == BONA_FIDE else 1
        rows += [_save(folder, job, sitter, Shot(clip, frame)) for frame in range(frames)]
    write_rows(folder, job.found.photo.who, rows)
    return rows


def take_photo(scene: Scene, shot: Shot) -> Face:
    """Return the face that camera and detector make of a scene.

    A live face has the canonical face's depth as its label; only a recapture has an exact geometry.
    """
    clip, crop = shot.clip, shot.crop()
    exposure = expose(clip.camera, shot.stream("exposure"))
    noise = shot.frame_stream("noise")
    picture = crop.picture(capture(clip.camera, scene.colour, shot.framing.sensor, exposure, noise))
    if clip.species == BONA_FIDE:
        return Face(picture, crop.exact(scene.depth).astype(np.uint8), None)
    region = (crop.exact(scene.region.astype(np.float32)) > 0.5).astype(np.uint8) * np.uint8(255)
    known = clip.species in KNOWN_GEOMETRY
    return Face(picture, None, region, depth_image(crop.exact(scene.geometry)) if known else None)


def describe(size: int, seed: int) -> dict[str, object]:
    """Return what dataset.json says of the making."""
    return {
        "source": "live photographs; every attack is simulated from them by mtfas synthesize --from-photos",
        "dataset": DATASET,
        "release": RELEASE,
        "recipe": "photographs seen again by simulated cameras; recaptures and printed pieces of them",
        "seed": seed,
        "crop": CropRule(size, CROP_SCALE).as_dict(),
        "cameras": [camera.name for camera in CAMERAS],
        "sessions": list(dict.fromkeys(place.name for place in PLACES)),
        "media": [f"{species}/{medium}" for species, medium in INSTRUMENTS],
    }


def _named(photo: Photo) -> dict[str, object]:
    """Return what tells whether a photograph is the one that an earlier attempt used."""
    box = None if photo.box is None else photo.box.as_list()
    state = photo.path.stat()
    return {"file": photo.name, "subject": photo.subject, "box": box, "bytes": state.st_size}


def _save(folder: Path, job: PhotoJob, sitter: PhotoSitter, shot: Shot) -> FaceRow:
    scene = stage_photo(sitter, shot)
    exposure = expose(shot.clip.camera, shot.stream("exposure"))
    made = {**shot.made, **exposure.made, **shot.crop().made, **scene.made}
    return save_face(folder, take_photo(scene, shot), _origin(job, shot, made))


def _origin(job: PhotoJob, shot: Shot, made: dict[str, Parameter]) -> Origin:
    photo, clip = job.found.photo, shot.clip
    return Origin(
        dataset=DATASET,
        release=RELEASE,
        split=str(job.split),
        subject=photo.subject,
        session=clip.place.name,
        camera=clip.camera.name,
        medium=clip.medium,
        species=clip.species,
        presentation=clip.name,
        frame=shot.frame,
        box=face_box(job.found),
        detector=_detector(photo),
        source=photo.name,
        made=made,
    )


def _detector(photo: Photo) -> str:
    return "given" if photo.box else "haar"


def _no_response(found: Found, splits: dict[str, Split]) -> FaceRow:
    photo = found.photo
    origin = Origin(
        dataset=DATASET,
        release=RELEASE,
        split=str(splits[photo.subject]),
        subject=photo.subject,
        session="unknown",
        camera="unknown",
        medium=LIVE_MEDIUM,
        species=BONA_FIDE,
        presentation=photo.who,
        frame=0,
        box=photo.box,
        detector=_detector(photo),
        source=photo.name,
    )
    return make_row(origin, None, None, None, None, found.reason)
