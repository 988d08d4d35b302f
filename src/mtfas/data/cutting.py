"""Cut the faces out of one image or clip; each chosen frame gives a crop or a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from mtfas.data.sources import RawItem
from mtfas.data.tracks import GIVEN, Track, read_track
from mtfas.errors import BadData, BadFile
from mtfas.faces.box_files import BoxFile
from mtfas.faces.crop import CropRule, crop_face
from mtfas.faces.depth import DEPTH_BACKENDS, canonical_depth
from mtfas.faces.detect import find_faces
from mtfas.faces.image import encode_png, read_image
from mtfas.faces.samplers import Sampler
from mtfas.faces.video import ClipInfo, read_clip
from mtfas.runtime.files import sha256
from mtfas.types import Box, ByteImage, Label

DETECTOR = "haar"
"""Who finds a face where the data say nothing."""

CANONICAL = "canonical"

ODDITIES = {
    "several": "show more than one face; the largest was taken",
    "no mesh": "took no mesh and got the canonical depth",
    "cut short": "have fewer frames than they declare; those that decode were used",
    "damaged": "have frames that cannot be decoded; the others were used",
    "bad boxes": "have a file of face boxes that cannot be read; their faces were searched for",
    "boxes beyond": "have face boxes for frames after the last; those were left out",
    "no own box": "have chosen frames without an own box; a frame beside them or detection gave it",
}
"""What may be odd about an image or clip, from its kind to words that follow a number of files."""


@dataclass(frozen=True)
class CutRule:
    """What is done with every image and clip.

    Attributes:
        crop: how a face is cut out.
        depth: pseudo depth of live faces, a name in DEPTH_BACKENDS.
        sampler: which frames of a clip are taken.
        own_boxes: whether boxes that come with the data win over detection.
    """

    crop: CropRule
    depth: str
    sampler: Sampler
    own_boxes: bool = True


@dataclass(frozen=True)
class Cut:
    """What became of one image or frame.

    Attributes:
        frame: its number within its presentation.
        image: the crop, relative to the prepared set; None exactly when there is a reason.
        depth: its depth, likewise; None for attacks.
        depth_by: the depth backend that made it.
        box: the face that was cut out, or was to be.
        detector: who gave the box.
        sha256: of the crop's file.
        reason: "kind: sentence" where there is no face.
    """

    frame: int
    image: str | None = None
    depth: str | None = None
    depth_by: str | None = None
    box: Box | None = None
    detector: str = DETECTOR
    sha256: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one image or clip: its cuts, facts for the manifest, and kinds of ODDITIES."""

    cuts: list[Cut]
    clip: Mapping[str, float] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)


def reason_kind(reason: str) -> str:
    """Return the kind of a non-response's reason: what stands before the colon."""
    return reason.partition(":")[0]


def cut_item(index: int, item: RawItem, rule: CutRule, out: Path) -> Outcome:
    """Cut the faces of one image or clip out and write them to out/faces, their depth to out/depth.

    Args:
        index: the item's number in its set; it names the files.
        item: the image or clip.
        rule: what is done with it.
        out: a folder with faces/ and depth/.
    """
    try:
        return (_cut_clip if item.is_clip else _cut_image)(index, item, rule, out)
    except BadFile as error:
        # The manifest must not depend on where the raw data lay.
        sentence = str(error).replace(str(item.path), item.name)
        return Outcome([Cut(item.frame, box=item.box, detector=_by(item), reason=f"undecodable: {sentence}")])


def _by(item: RawItem) -> str:
    return DETECTOR if item.box is None else GIVEN


def _cut_image(index: int, item: RawItem, rule: CutRule, out: Path) -> Outcome:
    bench = _Bench(item, rule)
    cut = bench.cut(item.frame, 0, read_image(item.path), f"{index:06d}.png")
    bench.write(out, [cut])
    return Outcome([cut], {}, sorted(bench.odd))


def _cut_clip(index: int, item: RawItem, rule: CutRule, out: Path) -> Outcome:
    bench = _Bench(item, rule)

    def use(frame: int, picture: ByteImage) -> Cut:
        return bench.cut(frame, frame, picture, f"{index:06d}_{frame:05d}.png")

    info, done = read_clip(item.path, lambda total: rule.sampler.choose(total, item.presentation), use)
    cuts = [done[frame] for frame in sorted(done)]
    bench.write(out, cuts)
    return Outcome(cuts, _facts(info), sorted(bench.odd | _odd_clip(info, bench.track)))


def _odd_clip(info: ClipInfo, track: Track) -> set[str]:
    found = {
        "cut short": info.declared is not None and info.frames < info.declared,
        "damaged": info.damaged > 0,
        "boxes beyond": track.last >= info.frames,
    }
    return {kind for kind, is_so in found.items() if is_so}


def _facts(info: ClipInfo) -> dict[str, float]:
    facts = {"frames": info.frames, "width": info.width, "height": info.height, "rotation": info.rotation}
    return {name: float(value) for name, value in facts.items()}


class _Bench:
    """Cuts the frames of one item, one after the other, and keeps the files until it is known which count.

    Attributes:
        odd: kinds of ODDITIES met so far.
        track: the data set's own boxes; empty until the first frame tells how large the picture is.
    """

    def __init__(self, item: RawItem, rule: CutRule) -> None:
        self.item, self.rule = item, rule
        self.odd: set[str] = set()
        self.track = Track({})
        self._files: dict[str, bytes] = {}
        self._read = False

    def cut(self, frame: int, place: int, picture: ByteImage, name: str) -> Cut:
        """Return what became of a frame; `place` is its number in the box file, `name` its file's."""
        picture = _turned(picture, self.item.turn)
        box, detector = self._box(picture, place)
        if box is None:
            what = "frame" if self.item.is_clip else "image"
            reason = f"no face found: {DETECTOR} finds none in this {what}"
            return Cut(frame, detector=detector, reason=reason)
        try:
            content = encode_png(crop_face(picture, box, self.rule.crop))
        except BadData as error:
            return Cut(frame, box=box, detector=detector, reason=f"bad box: {error}")
        self._files[f"faces/{name}"] = content
        cut = Cut(frame, f"faces/{name}", None, None, box, detector, sha256(content))
        return self._with_depth(cut, picture, box, name) if self.item.label == Label.LIVE else cut

    def write(self, out: Path, cuts: Sequence[Cut]) -> None:
        """Write the files of these cuts; those of frames that were cut in vain are dropped."""
        for name in (name for cut in cuts for name in (cut.image, cut.depth) if name is not None):
            (out / name).write_bytes(self._files[name])

    def _with_depth(self, cut: Cut, picture: ByteImage, box: Box, name: str) -> Cut:
        try:
            made, by = DEPTH_BACKENDS[self.rule.depth](picture, box, self.rule.crop), self.rule.depth
        except BadData:
            made, by = canonical_depth(box, self.rule.crop), CANONICAL
            self.odd.add("no mesh")
        if made is None:
            return cut
        self._files[f"depth/{name}"] = encode_png(made)
        return replace(cut, depth=f"depth/{name}", depth_by=by)

    def _box(self, picture: ByteImage, place: int) -> tuple[Box | None, str]:
        if self.rule.own_boxes and self.item.box is not None:
            return self.item.box, GIVEN
        if self.rule.own_boxes and self.item.box_file is not None:
            box, by = self._tracked(self.item.box_file, picture, place)
            if box is not None:
                return box, by
        found = find_faces(picture, DETECTOR)
        if len(found) > 1:
            self.odd.add("several")
        return (found[0] if found else None), DETECTOR

    def _tracked(self, file: BoxFile, picture: ByteImage, place: int) -> tuple[Box | None, str]:
        if not self._read:
            self._read = True
            try:
                self.track = read_track(file, (picture.shape[1], picture.shape[0]))
            except BadFile:
                self.odd.add("bad boxes")
        box, by = self.track.at(place)
        if by != GIVEN:
            self.odd.add("no own box")
        return box, by


def _turned(picture: ByteImage, degrees: int) -> ByteImage:
    return np.ascontiguousarray(np.rot90(picture, -degrees // 90)) if degrees else picture
