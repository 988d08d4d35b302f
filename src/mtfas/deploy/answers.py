"""What is said of a picture or clip: one of three verdicts, the reason for none, and advice."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Verdict = Literal["bona_fide", "attack", "no_response"]

ADVICE = {
    "no_face": "No face was found; look straight into the camera, upright and in good light, with the whole "
    "face in the picture.",
    "several_faces": "More than one face is in the picture; let one person alone stand before the camera.",
    "face_too_small": "The face is too small in the picture; come closer to the camera.",
    "too_dark": "The face is too dark; turn on a light or turn towards one.",
    "blurred": "The face is blurred; hold still, wipe the lens and let the camera focus.",
    "unreadable": "The file cannot be decoded; send a JPEG or PNG picture, or a common video.",
    "too_few_frames": "Too few frames show a face that can be judged; record again, still and in good light.",
}
"""One sentence for the person before the camera, by the reason's code."""

REASON_WORDS = {
    "no_face": "no face",
    "several_faces": "several faces",
    "face_too_small": "face too small",
    "too_dark": "too dark",
    "blurred": "blurred",
}
"""A frame's reason in a few words."""


@dataclass(frozen=True)
class Answer:
    """What is said of one picture or clip.

    Attributes:
        verdict: "bona_fide", "attack" or "no_response".
        score: spoof score in [0, 1], higher = attack; None without a response.
        threshold: the verdict is "attack" when score > threshold.
        reason: why there is no response, a key of ADVICE; None where there is one.
        advice: one sentence on what to do; None where there is a response.
        box: the face (left, top, width, height) in pixels of the upright picture; may be None.
        frames: how many frames were judged: 1 for a picture, 0 without a response.
        heatmap: attack-high map of the face's crop, [h, w] in [0, 1].
        frame: the number of a clip's frame that box and heatmap belong to.
    """

    verdict: Verdict
    score: float | None
    threshold: float
    reason: str | None = None
    advice: str | None = None
    box: tuple[float, float, float, float] | None = None
    frames: int = 1
    heatmap: npt.NDArray[np.float32] | None = field(default=None, compare=False)
    frame: int = 0

    def to_json(self, path: str) -> dict[str, Any]:
        """Return what a program needs as JSON values; the heat map is left out."""
        return {
            "path": path,
            "verdict": self.verdict,
            "score": self.score,
            "threshold": self.threshold,
            "reason": self.reason,
            "advice": self.advice,
            "box": None if self.box is None else [round(side, 2) for side in self.box],
            "frames": self.frames,
        }


def judged(score: float, threshold: float) -> Verdict:
    """Return the decision: attack when score > threshold (strict)."""
    return "attack" if score > threshold else "bona_fide"


def no_response(
    reason: str,
    threshold: float,
    advice: str | None = None,
    box: tuple[float, float, float, float] | None = None,
) -> Answer:
    """Return an answer without a verdict.

    Args:
        reason: a key of ADVICE.
        threshold: that would have been applied.
        advice: what to do; the reason's own sentence by default.
        box: the face that was not judged, where there is one.
    """
    return Answer("no_response", None, threshold, reason, advice or ADVICE[reason], box, frames=0)
