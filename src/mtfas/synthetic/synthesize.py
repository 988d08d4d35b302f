"""Render the built-in benchmark into a prepared data set."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from mtfas.data.manifest import FaceRow, make_table, write_manifest
from mtfas.errors import BadSetting, unknown_name
from mtfas.runtime.files import read_json, unfinished_folder
from mtfas.runtime.pool import choose_workers, give_up_if_stopped, in_order
from mtfas.runtime.progress import track
from mtfas.synthetic.attacks import ATTACKS
from mtfas.synthetic.camera import capture, expose
from mtfas.synthetic.contact_sheet import CONTACT_SHEET, draw_contact_sheet
from mtfas.synthetic.domains import DOMAINS
from mtfas.synthetic.framing import CROP_SCALE, Framing
from mtfas.synthetic.plan import FACES_A_WORKER, SubjectJob, plan_jobs
from mtfas.synthetic.presets import SynthesisPreset, check_size, find_preset
from mtfas.synthetic.scene import Scene, render
from mtfas.synthetic.shot import Shot
from mtfas.synthetic.sitter import Sitter
from mtfas.synthetic.store import Face, Origin, depth_image, read_rows, save_face, write_rows
from mtfas.types import BONA_FIDE

RELEASE = "2"
TITLE = "Built-in benchmark: rendered, not real data"


@dataclass(frozen=True)
class SynthesisSummary:
    """What was rendered.

    Attributes:
        folder: the prepared data set.
        preset: name of the preset; `seed`: its seed.
        counts: faces, live, attack, subjects, presentations, non_responses.
        contact_sheet: a picture of every species in every domain.
    """

    folder: Path
    preset: str
    seed: int
    counts: dict[str, int]
    contact_sheet: Path


def synthesize(
    out: Path,
    preset: str = "cpu",
    seed: int = 0,
    workers: int | None = None,
    domains: Sequence[str] = tuple(DOMAINS),
    frames: int | None = None,
    size: int | None = None,
) -> SynthesisSummary:
    """Render the built-in benchmark. Everything in it is rendered; none of it is real data.

    A rendering that was interrupted goes on where it stopped when it is asked for again.

    Args:
        out: the folder to make.
        preset: a name in PRESETS.
        seed: >= 0; the same seed, preset and frames give the same faces, whatever the number of workers and
            whichever other domains are rendered.
        workers: processes; by default one a core, or one alone for a small preset.
        domains: letters of the domains to render.
        frames: frames of every clip, at least 1; by default the preset's.
        size: side of the faces in pixels, 16 to 512, a multiple of 8; by default the preset's.

    Raises:
        BadSetting: an unknown preset or domain, a number out of range, or `out` already holds something.
    """
    chosen, letters = _sized(find_preset(preset), size), _checked(seed, domains, frames)
    jobs = plan_jobs(chosen, seed, letters, frames)
    count = choose_workers(workers, sum(job.faces for job in jobs), FACES_A_WORKER)
    info = describe(chosen, seed, letters, frames)
    with unfinished_folder(out, info) as scratch:
        done = in_order(partial(render_subject, scratch), jobs, count)
        for _ in track(done, "rendering subjects", len(jobs)):
            pass  # rows wait on disk: however many faces there are, memory holds those of a few people
        table = make_table(row for job in jobs for row in read_rows(scratch, job.subject.name) or ())
        draw_contact_sheet(scratch, table, TITLE)
        write_manifest(scratch, table, info)
    counts = read_json(out / "dataset.json")["counts"]
    return SynthesisSummary(out, preset, seed, counts, out / CONTACT_SHEET)


def render_subject(folder: Path, job: SubjectJob) -> None:
    """Write all faces of one subject and their rows under the folder.

    A subject that an earlier attempt finished is not rendered again.
    """
    if read_rows(folder, job.subject.name) is not None:
        return
    sitter = Sitter(job.seed, job.subject.name, Framing(job.size))
    rows: list[FaceRow] = []
    for clip in job.clips():
        give_up_if_stopped()
        rows += [_save_shot(folder, sitter, Shot(clip, frame), job) for frame in range(job.frames)]
    write_rows(folder, job.subject.name, rows)


def stage(sitter: Sitter, shot: Shot) -> Scene:
    """Return what stands before the camera: the live subject, or an attack on it."""
    if shot.clip.species != BONA_FIDE:
        return ATTACKS[shot.clip.species].stage(sitter, shot)
    return render(sitter.face(shot), shot.view(), shot.light, shot.background(), sitter.worn(shot))


def take(scene: Scene, shot: Shot) -> Face:
    """Return the face that camera and detector make of a scene, with its exact depth, region and geometry."""
    clip = shot.clip
    exposure = expose(clip.camera, shot.stream("exposure"))
    noise = shot.frame_stream("noise")
    frame = capture(clip.camera, scene.colour, shot.framing.sensor, exposure, noise)
    crop = shot.crop()
    geometry = depth_image(crop.exact(scene.geometry))
    if clip.species == BONA_FIDE:
        return Face(crop.picture(frame), depth_image(crop.exact(scene.depth)), None, geometry)
    region = crop.exact(scene.region.astype(np.float32)) > 0.5
    return Face(crop.picture(frame), None, region.astype(np.uint8) * np.uint8(255), geometry)


def describe(
    preset: SynthesisPreset, seed: int, letters: Sequence[str], frames: int | None
) -> dict[str, object]:
    """Return what dataset.json says of the rendering."""
    chosen = {DOMAINS[letter].dataset: DOMAINS[letter] for letter in letters}
    return {
        "source": "rendered by mtfas synthesize; not real data",
        "dataset": "built-in",
        "release": RELEASE,
        "recipe": "procedural heads, simulated instruments and cameras; see docs/benchmark.md",
        "preset": preset.name,
        "seed": seed,
        "frames": {letter: frames or preset.frames[letter] for letter in letters},
        "crop": {"size": preset.size, "scale": CROP_SCALE, "padding": "border"},
        "stands_for": {name: domain.stands_for for name, domain in chosen.items()},
        "cameras": {name: [camera.name for camera in domain.cameras] for name, domain in chosen.items()},
        "sessions": {name: [place.name for place in domain.places] for name, domain in chosen.items()},
        "media": {
            name: {species: list(media) for species, media in domain.media.items()}
            for name, domain in chosen.items()
        },
    }


def _sized(preset: SynthesisPreset, size: int | None) -> SynthesisPreset:
    if size is None:
        return preset
    check_size(size)
    return replace(preset, size=size)


def _checked(seed: int, domains: Sequence[str], frames: int | None) -> list[str]:
    if seed < 0:
        raise BadSetting(f"seed is {seed}; give a whole number of 0 or more.")
    if frames is not None and frames < 1:
        raise BadSetting(f"frames is {frames}; give 1 or more.")
    if not domains:
        raise BadSetting(f"no domain is given; choose from {', '.join(DOMAINS)}.")
    for letter in domains:
        if letter not in DOMAINS:
            raise unknown_name("domain", letter, DOMAINS)
    return [letter for letter in DOMAINS if letter in domains]


def _save_shot(folder: Path, sitter: Sitter, shot: Shot, job: SubjectJob) -> FaceRow:
    clip, scene = shot.clip, stage(sitter, shot)
    crop, exposure = shot.crop(), expose(clip.camera, shot.stream("exposure"))
    return save_face(
        folder,
        take(scene, shot),
        Origin(
            dataset=DOMAINS[job.letter].dataset,
            release=RELEASE,
            split=str(job.subject.split),
            subject=clip.who,
            session=clip.place.name,
            camera=clip.camera.name,
            medium=clip.medium,
            species=clip.species,
            presentation=clip.name,
            frame=shot.frame,
            box=crop.box,
            detector="rendered",
            source=f"rendered: seed {clip.seed}, {clip.name}, frame {shot.frame}",
            made={**sitter.made, **shot.made, **exposure.made, **crop.made, **scene.made},
        ),
    )
