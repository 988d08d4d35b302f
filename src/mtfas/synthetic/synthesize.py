"""Render the built-in benchmark into a prepared data set."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from mtfas.data.manifest import FaceRow, write_manifest
from mtfas.errors import BadSetting
from mtfas.runtime.files import new_folder, read_json
from mtfas.runtime.pool import choose_workers, in_order
from mtfas.runtime.progress import track
from mtfas.synthetic.attacks import ATTACKS
from mtfas.synthetic.camera import CAMERAS, capture
from mtfas.synthetic.contact_sheet import CONTACT_SHEET, draw_contact_sheet
from mtfas.synthetic.framing import CROP_SCALE, Framing
from mtfas.synthetic.plan import FACES_A_WORKER, faces_per_subject, shots_of, subject_name
from mtfas.synthetic.presets import SynthesisPreset, find_preset
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter
from mtfas.synthetic.store import Face, Origin, depth_image, save_face
from mtfas.types import BONA_FIDE, Split

DATASET = "built-in"
RELEASE = "1"


@dataclass(frozen=True)
class SynthesisSummary:
    """What was rendered.

    Attributes:
        folder: the prepared data set.
        preset: name of the preset; `seed`: its seed.
        counts: faces, live, attack, subjects, presentations, non_responses.
        contact_sheet: a picture of every species under every camera.
    """

    folder: Path
    preset: str
    seed: int
    counts: dict[str, int]
    contact_sheet: Path


@dataclass(frozen=True)
class SubjectJob:
    """All faces of one subject."""

    seed: int
    subject: int
    split: Split
    preset: SynthesisPreset


def synthesize(out: Path, preset: str = "cpu", seed: int = 0, workers: int | None = None) -> SynthesisSummary:
    """Render the built-in benchmark. Everything in it is rendered; none of it is real data.

    Args:
        out: the folder to make.
        preset: a name in PRESETS.
        seed: >= 0; the same seed and preset give the same bytes, whatever the number of workers.
        workers: processes; by default one a core, or one alone for a small preset.

    Raises:
        BadSetting: unknown preset, a negative seed, fewer than one worker, or `out` already holds something.
    """
    size = find_preset(preset)
    jobs = plan_jobs(size, seed)
    count = choose_workers(workers, len(jobs) * faces_per_subject(size), FACES_A_WORKER)
    if seed < 0:
        raise BadSetting(f"seed is {seed}; give a whole number of 0 or more.")
    with new_folder(out) as scratch:
        rows: list[FaceRow] = []
        for made in track(
            in_order(partial(render_subject, scratch), jobs, count), "rendering subjects", len(jobs)
        ):
            rows.extend(made)
        draw_contact_sheet(scratch, rows, "Built-in benchmark: rendered, not real data")
        write_manifest(scratch, rows, describe(size, seed))
    counts = read_json(out / "dataset.json")["counts"]
    return SynthesisSummary(out, preset, seed, counts, out / CONTACT_SHEET)


def plan_jobs(preset: SynthesisPreset, seed: int) -> list[SubjectJob]:
    """Return one job a subject; each subject is in one split only."""
    splits = [split for split, number in preset.subjects.items() for _ in range(number)]
    return [SubjectJob(seed, subject, split, preset) for subject, split in enumerate(splits)]


def render_subject(folder: Path, job: SubjectJob) -> list[FaceRow]:
    """Write all faces of one subject under the folder and return their rows."""
    sitter = Sitter(job.seed, subject_name(job.subject), Framing(job.preset.size))
    shots = shots_of(job.seed, subject_name(job.subject), job.preset)
    return [_save_shot(folder, sitter, species, shot, job.split) for species, shot in shots]


def stage(sitter: Sitter, species: str, shot: Shot) -> Scene:
    """Return what stands before the camera: the live subject, or an attack on it."""
    if species != BONA_FIDE:
        return ATTACKS[species].stage(sitter, shot)
    return render(sitter.heads[shot.session], shot.view(), shot.light, shot.background(), sitter.worn)


def take(scene: Scene, species: str, shot: Shot) -> Face:
    """Return the face that camera and detector make of a scene, with its exact depth or region."""
    frame = capture(CAMERAS[shot.camera], scene.colour, shot.framing.sensor, shot.frame_stream("camera"))
    crop = shot.crop()
    if species == BONA_FIDE:
        return Face(crop.picture(frame), depth_image(crop.exact(scene.depth)), None)
    region = crop.exact(scene.region.astype(np.float32)) > 0.5
    return Face(crop.picture(frame), None, region.astype(np.uint8) * np.uint8(255))


def describe(preset: SynthesisPreset, seed: int) -> dict[str, object]:
    """Return what dataset.json says of the rendering."""
    return {
        "source": "rendered by mtfas synthesize; not real data",
        "dataset": DATASET,
        "release": RELEASE,
        "recipe": "procedural heads; prints, replays, silicone masks and paper glasses; simulated cameras",
        "preset": preset.name,
        "seed": seed,
        "crop": {"size": preset.size, "scale": CROP_SCALE, "padding": "border"},
        "cameras": list(CAMERAS),
        "media": {name: list(attack.media) for name, attack in ATTACKS.items()},
    }


def _save_shot(folder: Path, sitter: Sitter, species: str, shot: Shot, split: Split) -> FaceRow:
    face = take(stage(sitter, species, shot), species, shot)
    origin = Origin(
        dataset=DATASET,
        release=RELEASE,
        split=str(split),
        subject=shot.who,
        session=f"session-{shot.session}",
        camera=shot.camera,
        medium=shot.medium,
        species=species,
        presentation=shot.presentation,
        frame=shot.frame,
        box=shot.crop().box,
        detector="rendered",
        source=f"rendered: seed {shot.seed}, {shot.presentation}, frame {shot.frame}",
    )
    return save_face(folder, face, origin)
