"""An answer drawn over its picture: the map in colours where the face was cut out, and a bar that says it."""

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from mtfas.deploy.answers import Answer
from mtfas.faces.crop import CropRule, crop_square
from mtfas.types import Box, ByteImage

SHORTEST, LONGEST = 480, 1280
"""The picture is enlarged or shrunk until its longer side is between these, so that the bar can be read."""

COLOURS = {"bona_fide": (34, 120, 60), "attack": (176, 36, 36), "no_response": (90, 90, 90)}
WORDS = {"bona_fide": "bona fide", "attack": "attack", "no_response": "no response"}
WEIGHT = 0.55
"""How much of the heat map's colour covers the face where the map is 1; where it is 0 the face stays."""


def draw(picture: ByteImage, answer: Answer, rule: CropRule) -> ByteImage:
    """Return the picture [H, W, 3] with what was found in it, resized to a handy size.

    Args:
        picture: the upright picture, or the clip's frame `answer.frame`.
        answer: what was said of it.
        rule: the bundle's crop rule.
    """
    scale = _scale(picture)
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    canvas = np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8)
    if answer.box is not None:
        square = crop_square(Box(*answer.box), rule)
        corners = np.array([square.left, square.top, square.width, square.height]) * scale
        left, top, side, _ = (round(float(edge)) for edge in corners)
        if answer.heatmap is not None:
            canvas = _heated(canvas, answer.heatmap, left, top, max(1, side))
        end = (left + side, top + side)
        cv2.rectangle(canvas, (left, top), end, COLOURS[answer.verdict], 2, cv2.LINE_AA)
    return np.concatenate([canvas, _bar(answer, canvas.shape[1])])


def _scale(picture: ByteImage) -> float:
    longer = max(picture.shape[:2])
    return float(min(max(longer, SHORTEST), LONGEST) / longer)


def _heated(canvas: ByteImage, heatmap: npt.NDArray[np.float32], left: int, top: int, side: int) -> ByteImage:
    """Lay the map over the square, as far as it is inside the picture."""
    smooth = cv2.resize(heatmap.astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    smooth = smooth.clip(0.0, 1.0)
    colour = cv2.applyColorMap((smooth * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[:, :, ::-1]
    height, width = canvas.shape[:2]
    rows, columns = slice(max(0, top), min(height, top + side)), slice(max(0, left), min(width, left + side))
    inside = (slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left))
    weight = WEIGHT * smooth[inside][:, :, None]
    result = canvas.astype(np.float32)
    result[rows, columns] += weight * (colour[inside].astype(np.float32) - result[rows, columns])
    return result.round().clip(0, 255).astype(np.uint8)


def _bar(answer: Answer, width: int) -> ByteImage:
    """Return a bar [h, width, 3] with the verdict, the score beside its threshold, or the advice."""
    first = WORDS[answer.verdict]
    if answer.score is not None:
        said = f"score {answer.score:.3f}, attack above {answer.threshold:.3f}"
        said += f", {answer.frames} frames" if answer.frames > 1 else ""
    else:
        said = answer.advice or ""
    tall = max(15, width // 45)  # of the small letters, in pixels
    large, small = (ImageFont.load_default(size) for size in (1.5 * tall, tall))
    lines = _wrapped(said, small, width - 24)
    height = round(3 * tall + 1.4 * tall * len(lines))
    bar = Image.new("RGB", (width, height), COLOURS[answer.verdict])
    pen = ImageDraw.Draw(bar)
    pen.text((12, tall // 2), first, font=large, fill="white")
    for row, line in enumerate(lines):
        pen.text((12, round(2.5 * tall + 1.4 * tall * row)), line, font=small, fill="white")
    return np.asarray(bar)


def _wrapped(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
