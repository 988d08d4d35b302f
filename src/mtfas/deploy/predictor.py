"""From pictures and clips to answers: find the face, check it, cut it out, score it. Never imports torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mtfas.deploy.answers import Answer, judged, no_response
from mtfas.deploy.bundle import Bundle, open_bundle
from mtfas.deploy.clips import COMBINE, ClipRule, too_few_words
from mtfas.deploy.gates import distinct_faces, fault_of_box, fault_of_crop, several
from mtfas.deploy.session import Session, open_session
from mtfas.errors import BadFile, MtfasError, unknown_name
from mtfas.faces.crop import crop_face
from mtfas.faces.detect import find_faces
from mtfas.faces.image import IMAGE_SUFFIXES, read_image
from mtfas.faces.samplers import find_sampler
from mtfas.faces.video import VIDEO_SUFFIXES, read_clip
from mtfas.types import Box, ByteImage

SEVERAL = ("refuse", "largest")
"""What is done with a picture of more than one face."""


@dataclass(frozen=True)
class Look:
    """What was seen in one frame: a crop to score, or a reason why there is none; the face, if any."""

    crop: ByteImage | None
    reason: str | None
    box: Box | None

    @property
    def place(self) -> tuple[float, float, float, float] | None:
        """The face as (left, top, width, height)."""
        return None if self.box is None else (self.box.left, self.box.top, self.box.width, self.box.height)


@dataclass(frozen=True)
class Predictor:
    """A bundle at work. It holds nothing of what it has seen, so threads may share it.

    Attributes:
        bundle: what it was opened from.
        session: the network.
        threshold: a face is an attack when its score is above.
        several: "refuse" a picture of more than one face, or judge the "largest".
    """

    bundle: Bundle
    session: Session
    threshold: float
    several: str = "refuse"

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        profile: str | None = None,
        threads: int = 1,
        several: str = "refuse",
        precision: str = "float32",
    ) -> "Predictor":
        """Open a bundle, checking its hashes and probes.

        Args:
            folder: the bundle.
            profile: a camera whose threshold is taken, as written by `mtfas calibrate`.
            threads: of ONNX Runtime.
            several: one of SEVERAL.
            precision: "float32" or "int8".

        Raises:
            BadFile: it is no bundle, a file was changed, or the network answers otherwise than it should.
            BadSetting: a name is unknown, or onnxruntime is not installed.
        """
        if several not in SEVERAL:
            raise unknown_name("way with several faces", several, SEVERAL)
        bundle = open_bundle(folder)
        threshold = bundle.threshold(profile, precision)
        return cls(bundle, open_session(bundle, precision, threads), threshold, several)

    def look(self, rgb: ByteImage) -> Look:
        """Find the face in an upright picture, uint8 [H, W, 3], and check whether it can be judged."""
        found = distinct_faces(find_faces(rgb, self.bundle.face_detector))
        if not found:
            return Look(None, "no_face", None)
        box, gates, rule = found[0], self.bundle.gates, self.bundle.crop
        if self.several == "refuse" and several(found, gates):
            return Look(None, "several_faces", box)
        if reason := fault_of_box(box, gates):
            return Look(None, reason, box)
        crop = crop_face(rgb, box, rule)
        reason = fault_of_crop(crop, rule, gates)
        return Look(None if reason else crop, reason, box)

    def picture(self, rgb: ByteImage) -> Answer:
        """Judge one upright picture, uint8 [H, W, 3] RGB."""
        look = self.look(rgb)
        if look.crop is None:
            return no_response(str(look.reason), self.threshold, box=look.place)
        scores, maps = self.session.run(look.crop[None])
        score = float(scores[0])
        return Answer(judged(score, self.threshold), score, self.threshold, box=look.place, heatmap=maps[0])

    def pictures(self, pictures: Sequence[ByteImage], rule: ClipRule | None = None) -> Answer:
        """Judge the frames of one presentation together, e.g. of a camera; `frame` counts from 0."""
        return self._together(dict(enumerate(map(self.look, pictures))), rule or ClipRule())

    def clip(self, path: Path, rule: ClipRule | None = None) -> Answer:
        """Judge a video.

        Raises:
            BadFile: it is missing or cannot be decoded.
            BadSetting: PyAV is not installed.
        """
        rule = rule or ClipRule()
        sampler = find_sampler(f"uniform:{rule.frames}")
        _, looks = read_clip(
            path, lambda total: sampler.choose(total, path.name), lambda _, picture: self.look(picture)
        )
        return self._together(looks, rule)

    def path(self, path: Path, rule: ClipRule | None = None) -> Answer:
        """Judge a picture or video file; one that cannot be decoded gets "no_response", "unreadable".

        Raises:
            BadFile: there is no such file.
            BadSetting: it is a video and PyAV is not installed.
        """
        if not path.is_file():
            raise BadFile(f"{path} is not a file; check the path.")
        try:
            return self.clip(path, rule) if is_clip(path) else self.picture(read_image(path))
        except BadFile as error:
            return no_response("unreadable", self.threshold, advice=str(error))

    def _together(self, looks: dict[int, Look], rule: ClipRule) -> Answer:
        crops = {number: look.crop for number, look in looks.items() if look.crop is not None}
        if len(crops) < rule.min_frames:
            reasons = [look.reason for look in looks.values() if look.reason]
            advice = too_few_words(len(crops), len(looks), rule, reasons)
            return no_response("too_few_frames", self.threshold, advice)
        scores, maps = self.session.run(np.stack(list(crops.values())))
        score = COMBINE[rule.combine](scores.astype(np.float64))
        shown = int(np.argmin(np.abs(scores - score)))  # the frame that speaks for the clip
        frame = list(crops)[shown]
        return Answer(
            judged(score, self.threshold),
            score,
            self.threshold,
            box=looks[frame].place,
            frames=len(crops),
            heatmap=maps[shown],
            frame=frame,
        )


def is_clip(path: Path) -> bool:
    """Say whether a file is a video: by its name, or, where that says nothing, because it is no picture."""
    suffix = path.suffix.lower()
    if suffix in VIDEO_SUFFIXES or suffix in IMAGE_SUFFIXES:
        return suffix in VIDEO_SUFFIXES
    try:
        read_image(path)
    except BadFile:
        try:
            read_clip(path, lambda _: [0], lambda *_: None)
        except MtfasError:
            return False
        return True
    return False
