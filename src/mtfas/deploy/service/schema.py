"""The shapes of requests and answers, with examples, as /openapi.json shows them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Box = tuple[float, float, float, float]

_GOOD: dict[str, Any] = {
    "request_id": "b3f1c0de5a7e4d21",
    "verdict": "bona_fide",
    "score": 0.1312,
    "threshold": 0.6141,
    "reason": None,
    "advice": None,
    "box": [212.0, 96.0, 180.0, 180.0],
    "frames": 1,
    "frame": 0,
    "frames_in_file": 1,
}
_NONE = _GOOD | {
    "verdict": "no_response",
    "score": None,
    "reason": "too_dark",
    "advice": "The face is too dark; turn on a light or turn towards one.",
    "frames": 0,
}


class CheckAnswer(BaseModel):
    """What is said of a picture or video."""

    model_config = ConfigDict(json_schema_extra={"examples": [_GOOD, _NONE]})

    request_id: str
    verdict: Literal["bona_fide", "attack", "no_response"]
    score: float | None = Field(
        description="Spoof score in [0, 1], higher = attack; null without a response."
    )
    threshold: float = Field(description="The verdict is attack when score > threshold.")
    reason: str | None = Field(description="Why there is no response, e.g. no_face or blurred.")
    advice: str | None = Field(description="One sentence for the person before the camera.")
    box: Box | None = Field(description="Face: left, top, width, height in pixels of the upright picture.")
    frames: int = Field(description="Frames judged: 1 of a picture, 0 without a response.")
    frame: int = Field(description="The frame that box and heatmap belong to, from 0.")
    frames_in_file: int
    heatmap: str | None = Field(None, description="PNG as a data URI, to be laid over heatmap_box.")
    heatmap_box: Box | None = Field(None, description="Left, top, width, height of the heat map's square.")


class ErrorText(BaseModel):
    """Why there is no answer."""

    code: str
    message: str = Field(description="One sentence.")


class ErrorAnswer(BaseModel):
    """A refused request."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"error": {"code": "unreadable", "message": "The file is empty (0 bytes); send a picture."}}
            ]
        }
    )

    error: ErrorText


UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "A JPEG, PNG or WebP picture, or a short video.",
                        }
                    },
                }
            }
        },
    }
}
"""The body of POST /v1/check, which is read by hand."""

REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorAnswer, "description": "The multipart body or a parameter is damaged."},
    401: {"model": ErrorAnswer, "description": "An API key is needed."},
    408: {"model": ErrorAnswer, "description": "The body came too slowly."},
    413: {"model": ErrorAnswer, "description": "Too many bytes, pixels or frames."},
    415: {"model": ErrorAnswer, "description": "Not multipart, or neither picture nor video."},
    422: {"model": ErrorAnswer, "description": "The file is damaged or too small."},
    503: {"model": ErrorAnswer, "description": "Busy, stopping or out of time; see Retry-After."},
}
"""What else POST /v1/check may answer."""
