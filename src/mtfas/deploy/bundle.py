"""The bundle: a folder that holds all that is needed to judge a face, read without torch.

model.onnx      "images" uint8 [N, size, size, 3] RGB → "score" [N], higher = attack, and "map" [N, h, w]
bundle.json     crop rule, threshold with its source, error rates, data, limits, hashes
MODEL_CARD.md   the same in words
probes.npz      a few crops that show nobody, with the scores torch gave them
model-int8.onnx the same network in 8-bit numbers, where asked for
profiles/       thresholds of single cameras, one JSON file each
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mtfas import __version__
from mtfas.deploy.gates import Gates
from mtfas.errors import BadFile, BadSetting, unknown_name
from mtfas.faces.crop import CropRule
from mtfas.runtime.files import read_json, sha256
from mtfas.types import ByteImage

FORMAT = 1
"""Version of the folder's format; raised when an old reader would misread a new bundle."""

RECORD, CARD, PROBES, PROFILES = "bundle.json", "MODEL_CARD.md", "probes.npz", "profiles"
MODELS = {"float32": "model.onnx", "int8": "model-int8.onnx"}
"""The file of each precision."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What a profile may be called: it is a file's name."""


@dataclass(frozen=True)
class Bundle:
    """A bundle whose files are those that were exported.

    Attributes:
        folder: where it is.
        info: bundle.json.
        crop: how a face is cut out of a picture.
        face_detector: who finds it, a name in faces.detect.DETECTORS.
        gates: limits beyond which a face is not judged.
    """

    folder: Path
    info: Mapping[str, Any]
    crop: CropRule
    face_detector: str
    gates: Gates

    def threshold(self, profile: str | None = None, precision: str = "float32") -> float:
        """Return the score above which a face is an attack, of a profile where one is named.

        Raises:
            BadSetting: there is no such profile, or the network has no such precision.
            BadFile: the profile is damaged, or another bundle's.
        """
        if profile is None:
            return _number(self._of(precision)["threshold"], self.folder / RECORD)
        if precision != "float32":
            raise BadSetting("a profile's threshold is that of the float32 network; leave --int8 out.")
        path = self.folder / PROFILES / f"{profile}.json"
        return _number(self.profile(profile).get("threshold"), path)

    def profile(self, name: str) -> Mapping[str, Any]:
        """Return what `calibrate` found for a camera.

        Raises:
            BadSetting: there is no profile of this name.
            BadFile: it is damaged, or was measured with another bundle, whose scores are others.
        """
        path = self.folder / PROFILES / f"{name}.json"
        if not NAME.fullmatch(name) or not path.is_file():
            raise unknown_name("profile", name, profiles(self.folder))
        content = read_json(path)
        about = content.get("bundle") if isinstance(content, dict) else None
        if not isinstance(about, dict) or about.get("record") != record_hash(self.folder):
            raise BadFile(
                f"{path} was measured with another bundle than {self.folder}; calibrate this one: "
                f"mtfas calibrate {self.folder} DATA --name {name} --force."
            )
        return dict(content)

    def model(self, precision: str = "float32") -> bytes:
        """Return the network of a precision.

        Raises:
            BadSetting: the bundle has none.
            BadFile: it is not the one that was exported.
        """
        self._of(precision)
        return _checked(self.folder, self.info, MODELS[precision])

    def probes(self, precision: str = "float32") -> tuple[ByteImage, npt.NDArray[np.float32]]:
        """Return the probe crops [K, size, size, 3] and the scores [K] they must get.

        Raises:
            BadFile: they cannot be read.
        """
        path = self.folder / PROBES
        try:
            with np.load(io.BytesIO(_checked(self.folder, self.info, PROBES)), allow_pickle=False) as file:
                return file["images"], file[f"scores_{precision}"]
        except (ValueError, KeyError, OSError) as error:
            raise BadFile(f"{path} cannot be read ({error}); export the bundle again.") from error

    def _of(self, precision: str) -> Mapping[str, Any]:
        if precision not in MODELS:
            raise unknown_name("precision", precision, MODELS)
        part = self.info if precision == "float32" else self.info.get(precision)
        if not isinstance(part, Mapping):
            raise BadSetting(f"{self.folder} has no {precision} network; export it with --{precision}.")
        return part


def open_bundle(folder: Path) -> Bundle:
    """Open a bundle and check that every file is the one that was exported.

    Raises:
        BadFile: it is no bundle, of another format, incomplete, or a file was changed.
    """
    path = folder / RECORD
    if not path.is_file():
        raise BadFile(f"{folder} is not a bundle (no {RECORD}); make one with 'mtfas export RUN BUNDLE'.")
    info = read_json(path)
    if not isinstance(info, dict) or info.get("format") != FORMAT:
        found = info.get("format") if isinstance(info, dict) else None
        raise BadFile(
            f"{path} has format {found}, mtfas {__version__} reads format {FORMAT}; export the run again."
        )
    try:
        for name in info["hashes"]:
            _checked(folder, info, name)
        gates, crop = Gates(**info["gates"]), CropRule(**info["crop"])
        bundle = Bundle(folder, info, crop, str(info["face_detector"]), gates)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadFile(f"{path} lacks or misstates {error}; export the run again.") from error
    bundle.threshold()
    return bundle


def record_hash(folder: Path) -> str:
    """Return the SHA-256 of a bundle's record, which names every other file: what a profile belongs to."""
    return sha256((folder / RECORD).read_bytes())


def profiles(folder: Path) -> list[str]:
    """Return the names of a bundle's profiles."""
    return sorted(path.stem for path in (folder / PROFILES).glob("*.json"))


def _checked(folder: Path, info: Mapping[str, Any], name: str) -> bytes:
    path = folder / name
    if name not in info["hashes"]:
        raise BadFile(f"{folder / RECORD} has no hash of {name}; export the run again.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path} cannot be read; copy the bundle again, all of its files.") from error
    if sha256(content) != info["hashes"][name]:
        raise BadFile(f"{path} is not the file that was exported (its hash differs); copy the bundle again.")
    return content


def _number(threshold: Any, path: Path) -> float:
    value = threshold.get("value") if isinstance(threshold, Mapping) else threshold
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise BadFile(f"{path} gives no number as its threshold; restore the file or make it again.")
    return float(value)
