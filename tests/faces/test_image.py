"""read_image against images made by Pillow: every kind of pixel and orientation, every way to be broken."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtfas.errors import BadFile
from mtfas.faces import image as module
from mtfas.faces.image import encode_png, find_images, read_grey, read_image, write_image

# A picture without symmetry: four quarters, one colour each.
QUARTERS = np.zeros((20, 32, 3), np.uint8)
QUARTERS[:10, :16], QUARTERS[:10, 16:] = (250, 0, 0), (0, 250, 0)
QUARTERS[10:, :16], QUARTERS[10:, 16:] = (0, 0, 250), (250, 250, 250)

# What each EXIF orientation asks for, in words of NumPy: from the stored image to the upright one.
TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a),
}


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_header(width: int, height: int) -> bytes:
    """A PNG whose header promises more than it holds."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_orientation_is_applied(tmp_path: Path, orientation: int, suffix: str) -> None:
    stored = Image.fromarray(QUARTERS)
    exif = stored.getexif()
    exif[0x0112] = orientation
    options = {"jpg": {"quality": 95, "subsampling": 0}, "webp": {"lossless": True}}.get(suffix, {})
    stored.save(tmp_path / f"a.{suffix}", exif=exif, **options)
    upright = TURNS[orientation](QUARTERS)
    read = read_image(tmp_path / f"a.{suffix}")
    assert read.shape == upright.shape
    # Quarter centres: JPEG smears the borders between them.
    h, w = upright.shape[:2]
    for y, x in ((h // 4, w // 4), (h // 4, 3 * w // 4), (3 * h // 4, w // 4), (3 * h // 4, 3 * w // 4)):
        assert np.abs(read[y, x].astype(int) - upright[y, x]).max() <= 12


def test_unknown_orientation_leaves_the_image(tmp_path: Path) -> None:
    stored = Image.fromarray(QUARTERS)
    exif = stored.getexif()
    exif[0x0112] = 99
    stored.save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), QUARTERS)


def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 32 * 32).round().astype(np.uint16).reshape(32, 32)
    for suffix in ("png", "tif"):
        Image.fromarray(ramp).save(tmp_path / f"a.{suffix}")
        read = read_image(tmp_path / f"a.{suffix}")
        assert read[0, 0, 0] == 0
        assert read[-1, -1, 0] == 255
        assert np.abs(read[..., 0] - ramp / 257.0).max() <= 0.5
        np.testing.assert_array_equal(read[..., 0], read[..., 2])


def test_sixteen_bit_pgm(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 400).astype(">u2")
    (tmp_path / "a.pgm").write_bytes(b"P5\n20 20\n65535\n" + ramp.tobytes())
    read = read_image(tmp_path / "a.pgm")[..., 0].ravel()
    assert np.abs(read - ramp / 257.0).max() <= 0.5


def test_every_kind_of_pixel(tmp_path: Path) -> None:
    colour = Image.fromarray(QUARTERS)
    grey = np.asarray(colour.convert("L"))
    for mode in ("L", "1", "P", "CMYK", "RGBA", "LA"):
        colour.convert(mode).save(tmp_path / "a.tif")
        read = read_image(tmp_path / "a.tif")
        assert read.shape == (20, 32, 3)
        assert read.dtype == np.uint8
        if mode in ("L", "LA"):
            np.testing.assert_array_equal(read, np.repeat(grey[..., None], 3, 2))
        elif mode == "1":
            assert set(np.unique(read)) <= {0, 255}
        elif mode != "P":
            assert np.abs(read.astype(int) - QUARTERS).max() <= 1


def test_palette_keeps_its_colours(tmp_path: Path) -> None:
    Image.fromarray(QUARTERS).quantize(4).save(tmp_path / "a.png")
    assert np.abs(read_image(tmp_path / "a.png").astype(int) - QUARTERS).max() <= 6


def test_cmyk_jpeg(tmp_path: Path) -> None:
    Image.fromarray(QUARTERS).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    read = read_image(tmp_path / "a.jpg")
    assert np.abs(read[5, 8].astype(int) - QUARTERS[5, 8]).max() <= 12


def test_transparency_is_laid_over_white(tmp_path: Path) -> None:
    rgba = np.dstack([QUARTERS, np.full((20, 32), 255, np.uint8)])
    rgba[:10, :16, 3] = 0
    Image.fromarray(rgba).save(tmp_path / "a.png")
    read = read_image(tmp_path / "a.png")
    assert (read[:10, :16] == 255).all()
    np.testing.assert_array_equal(read[10:], QUARTERS[10:])


def test_transparent_palette_is_laid_over_white(tmp_path: Path) -> None:
    palette = Image.fromarray((np.arange(400).reshape(20, 20) % 2).astype(np.uint8), "P")
    palette.putpalette([10, 20, 30, 200, 100, 50])
    palette.save(tmp_path / "a.gif", transparency=0)
    read = read_image(tmp_path / "a.gif")
    assert (read[0, 0] == 255).all()
    assert read[0, 1].tolist() == [200, 100, 50]


def test_of_an_animation_the_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]
    for suffix in ("gif", "webp", "png", "tif"):
        options = {"lossless": True} if suffix == "webp" else {}
        frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:], **options)
        assert read_image(tmp_path / f"a.{suffix}")[0, 0].tolist() == [255, 0, 0]


def test_of_two_pictures_in_one_jpeg_the_first(tmp_path: Path) -> None:
    red, blue = (Image.new("RGB", (20, 20), colour) for colour in ("red", "blue"))
    red.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[blue])
    assert np.abs(read_image(tmp_path / "a.jpg")[0, 0] - [255.0, 0, 0]).max() <= 3


def noise_file(path: Path) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return path.read_bytes()


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "bmp", "tif", "jp2"])
def test_truncated_images_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"cut.{suffix}"
    content = noise_file(path)
    for share in (0.02, 0.3, 0.9):
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(BadFile, match=f"cut.{suffix}"):
            read_image(path)


def test_damaged_png_is_refused(tmp_path: Path) -> None:
    content = bytearray(noise_file(tmp_path / "a.png"))
    content[len(content) // 2] ^= 0xFF
    (tmp_path / "a.png").write_bytes(bytes(content))
    with pytest.raises(BadFile, match=r"a\.png is damaged"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("zero.jpg", b"", "zero.jpg is empty"),
        ("text.jpg", b"this is no image at all", "text.jpg is not an image"),
        ("page.png", b"<html><body>404</body></html>", "page.png is not an image"),
        ("none.png", png_header(0, 0), "none.png is not an image"),
        ("flat.png", png_header(32, 32), "flat.png is damaged or cut short"),
    ],
)
def test_what_is_not_an_image(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadFile, match=sentence):
        read_image(tmp_path / name)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no.jpg"):
        with pytest.raises(BadFile, match="is not a file"):
            read_image(path)


@pytest.mark.parametrize("size", [(1, 1), (15, 200), (200, 15)])
def test_too_small_images_are_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size).save(tmp_path / "a.png")
    with pytest.raises(BadFile, match=f"{size[0]} × {size[1]} pixels; a face needs at least 16 × 16"):
        read_image(tmp_path / "a.png")


def test_the_smallest_image_is_read(tmp_path: Path) -> None:
    Image.new("RGB", (16, 16)).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png").shape == (16, 16, 3)


@pytest.mark.parametrize("side", [8200, 10_000, 30_000, 100_000])
def test_too_large_images_are_refused_before_decoding(
    tmp_path: Path, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: decoded.append(self))
    (tmp_path / "a.png").write_bytes(png_header(side, side))
    with pytest.raises(BadFile, match=r"more than 67 million.*shrink it"):
        read_image(tmp_path / "a.png")
    assert decoded == []


def test_odd_metadata_does_no_harm(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    Image.fromarray(QUARTERS).save(tmp_path / "a.png", exif=b"Exif\x00\x00MM\x00*broken")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), QUARTERS)
    assert len(recwarn) == 0


def test_formats_that_run_other_programs_are_not_tried(tmp_path: Path) -> None:
    Image.new("RGB", (40, 40)).save(tmp_path / "a.eps")
    (tmp_path / "a.eps").rename(tmp_path / "a.jpg")
    with pytest.raises(BadFile, match="is not an image this program can read"):
        read_image(tmp_path / "a.jpg")


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((20, 20), np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(BadFile, match="floating-point"):
        read_image(tmp_path / "a.tif")
    Image.fromarray(np.full((20, 20), 10**6, np.int32)).save(tmp_path / "b.tif")
    with pytest.raises(BadFile, match="values from 1000000"):
        read_image(tmp_path / "b.tif")


def test_png_round_trip_and_same_bytes(tmp_path: Path) -> None:
    write_image(tmp_path / "rgb.png", QUARTERS)
    write_image(tmp_path / "grey.png", QUARTERS[..., 0])
    np.testing.assert_array_equal(read_image(tmp_path / "rgb.png"), QUARTERS)
    np.testing.assert_array_equal(read_grey(tmp_path / "grey.png"), QUARTERS[..., 0])
    assert encode_png(QUARTERS) == (tmp_path / "rgb.png").read_bytes()
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(encode_png(QUARTERS)))), QUARTERS)


def test_read_grey_wants_grey(tmp_path: Path) -> None:
    write_image(tmp_path / "rgb.png", QUARTERS)
    with pytest.raises(BadFile, match="expected 8-bit grey"):
        read_grey(tmp_path / "rgb.png")
    (tmp_path / "zero.png").write_bytes(b"")
    with pytest.raises(BadFile, match="is empty"):
        read_grey(tmp_path / "zero.png")


def test_find_images(tmp_path: Path) -> None:
    names = [
        "b/two.JPG",
        "a.png",
        ".hidden.png",
        "b/._two.jpg",
        ".cache/x.png",
        "notes.txt",
        "b/c/three.webp",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in find_images(tmp_path)]
    assert found == ["a.png", "b/c/three.webp", "b/two.JPG"]


def test_every_suffix_is_lower_case() -> None:
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in module.IMAGE_SUFFIXES)
