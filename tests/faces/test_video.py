import io
import os
import struct
import subprocess
import sys
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image
from videos import (
    CORNERS,
    claim_frames,
    coded,
    coded_frames,
    corner_picture,
    corners_of,
    read_code,
    tag_matrix,
    tag_rotation,
    truncate,
    write_jpegs,
    write_video,
)

from mtfas.errors import BadFile, BadSetting
from mtfas.faces.samplers import find_sampler
from mtfas.faces.video import VIDEO_SUFFIXES, ClipInfo, read_clip
from mtfas.types import ByteImage

FILES = [
    ("clip.avi", "mjpeg"), ("clip.mov", "mjpeg"), ("clip.mp4", "libx264"), ("clip.mov", "libx264"),
    ("clip.mkv", "libx264"),
]  # fmt: skip


def codes(path: Path, choose: Callable[[int], Sequence[int]] = range, threads: int = 1) -> dict[int, int]:
    return read_clip(path, choose, lambda _, picture: read_code(picture), threads)[1]


def info_of(path: Path) -> ClipInfo:
    return read_clip(path, lambda total: [], lambda _, picture: None)[0]


def picture_of(path: Path, number: int = 0) -> ByteImage:
    return read_clip(path, lambda total: [number], lambda _, picture: picture)[1][number]


def damage(path: Path, place: float, content: bytes = b"\x00" * 300) -> Path:
    whole = bytearray(path.read_bytes())
    start = int(len(whole) * place)
    whole[start : start + len(content)] = content
    path.write_bytes(whole)
    return path


@pytest.mark.parametrize(("name", "codec"), FILES)
def test_frame_k_is_frame_k(tmp_path: Path, name: str, codec: str) -> None:
    path = write_video(tmp_path / name, coded_frames(30), codec)
    assert codes(path) == {number: number for number in range(30)}
    assert codes(path, lambda total: [29, 3, 3, 17]) == {3: 3, 17: 17, 29: 29}
    assert codes(path, lambda total: find_sampler("uniform:4").choose(total, name)) == {
        3: 3, 11: 11, 18: 18, 26: 26
    }  # fmt: skip
    declared = None if name.endswith(".mkv") else 30
    assert info_of(path) == ClipInfo(30, 96, 64, 0, False, 25.0, declared, 0)


def test_the_clips_with_b_frames_have_b_frames(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", coded_frames(30), "libx264")
    with av.open(str(path)) as container:
        kinds = {frame.pict_type for frame in container.decode(video=0)}
        container.seek(0)
        times = [packet.pts for packet in container.demux(video=0) if packet.size]
    assert len(kinds) == 3
    assert times != sorted(times)


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_change_nothing(tmp_path: Path, threads: int) -> None:
    path = write_video(tmp_path / "clip.mp4", coded_frames(30), "libx264")
    assert codes(path, threads=threads) == {number: number for number in range(30)}


def test_use_is_called_in_ascending_order_with_plain_arrays(tmp_path: Path) -> None:
    path = tag_rotation(write_video(tmp_path / "clip.mp4", coded_frames(9), "libx264"), 90)
    seen: list[int] = []

    def use(number: int, picture: ByteImage) -> int:
        assert (picture.shape, picture.dtype) == ((96, 64, 3), np.uint8)
        assert picture.flags["C_CONTIGUOUS"]
        seen.append(number)
        return -number

    _, results = read_clip(path, lambda total: [7, 1, 4], use)
    assert seen == [1, 4, 7]
    assert list(results.items()) == [(1, -1), (4, -4), (7, -7)]


def test_an_error_of_the_caller_is_not_swallowed(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.avi", coded_frames(3))

    def use(number: int, picture: ByteImage) -> None:
        raise ValueError("no face")

    with pytest.raises(ValueError, match="no face"):
        read_clip(path, range, use)


def test_a_header_that_lies_is_not_believed(tmp_path: Path) -> None:
    path = claim_frames(write_video(tmp_path / "clip.avi", coded_frames(20)), 300)
    info = info_of(path)
    assert (info.frames, info.declared, info.damaged) == (20, 300, 0)
    assert [*codes(path, lambda total: find_sampler("uniform:3").choose(total, "clip"))] == [3, 10, 16]


def test_a_truncated_avi_gives_its_first_part(tmp_path: Path) -> None:
    path = truncate(write_video(tmp_path / "clip.avi", coded_frames(30)), 0.6)
    info, found = read_clip(path, range, lambda _, picture: read_code(picture))
    assert 5 < info.frames < 25
    assert (info.declared, info.damaged) == (30, 1)
    assert found == {number: number for number in range(info.frames)}


def test_others_are_chosen_when_the_container_counts_wrongly(tmp_path: Path) -> None:
    path = truncate(write_video(tmp_path / "clip.avi", coded_frames(30)), 0.6)
    frames = info_of(path).frames
    asked: list[int] = []

    def last(total: int) -> list[int]:
        asked.append(total)
        return [total - 1]

    assert codes(path, last) == {frames - 1: frames - 1}
    assert asked == [frames + 1, frames]


def test_a_damaged_frame_is_passed_over_and_counted(tmp_path: Path) -> None:
    jpegs = [jpeg(coded(number)) for number in range(8)]
    jpegs[3] = b"\x00" * len(jpegs[3])
    path = write_jpegs(tmp_path / "clip.avi", jpegs, 96, 64)
    info, found = read_clip(path, range, lambda _, picture: read_code(picture))
    assert (info.frames, info.damaged, info.declared) == (7, 1, 8)
    assert [*found.values()] == [0, 1, 2, 4, 5, 6, 7]
    assert [*found] == [*range(7)]


def test_half_a_jpeg_never_shows_what_lay_in_memory(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    whole = jpeg(noise)
    path = write_jpegs(tmp_path / "clip.avi", [whole, whole[: len(whole) // 2] + b"\xff\xd9", whole], 96, 64)
    info, found = read_clip(path, range, lambda _, picture: picture)
    assert (info.frames, info.damaged) == (2, 1)
    assert np.array_equal(found[0], found[1])


@pytest.mark.parametrize("place", [0.3, 0.5, 0.7])
def test_a_damaged_h264_clip_goes_on_and_is_always_the_same(tmp_path: Path, place: float) -> None:
    rng = np.random.default_rng(1)
    frames = [rng.integers(0, 256, (64, 96, 3), dtype=np.uint8) for _ in range(24)]
    path = damage(write_video(tmp_path / "clip.mp4", frames, "libx264"), place)
    info, found = read_clip(path, range, lambda _, picture: picture.tobytes())
    assert info.frames + info.damaged > 20
    assert read_clip(path, range, lambda _, picture: picture.tobytes()) == (info, found)


def jpeg(picture: ByteImage, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=95, **options)
    return file.getvalue()


# --------------------------------------------------------------------------------- rotation and colour


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov"])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_trap_14_rotation_tag_is_honoured(tmp_path: Path, name: str, degrees: int) -> None:
    shown = corner_picture()
    stored = np.rot90(shown, degrees // 90)  # NumPy turns counter-clockwise, the tag turns it back
    path = tag_rotation(write_video(tmp_path / name, [stored] * 3, "libx264"), degrees)
    info, found = read_clip(path, lambda total: [1], lambda _, picture: picture)
    assert (info.rotation, info.mirrored, info.width, info.height) == (degrees, False, 96, 64)
    assert found[1].shape == (64, 96, 3)
    assert np.abs(np.subtract(corners_of(found[1]), CORNERS)).max() < 6


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_trap_14_rotation_tag_is_read_as_by_opencv(tmp_path: Path, degrees: int) -> None:
    path = tag_rotation(write_video(tmp_path / "clip.mp4", [corner_picture()] * 3, "libx264"), degrees)
    assert np.abs(picture_of(path).astype(int) - opencv_frame(path)).mean() < 1


@pytest.mark.parametrize(
    ("matrix", "turn", "degrees"),
    [
        ((-1, 0, 0, 1), lambda stored: stored[:, ::-1], 0),
        ((1, 0, 0, -1), lambda stored: stored[::-1], 180),
        ((0, 1, 1, 0), lambda stored: stored.swapaxes(0, 1), 90),
        ((0, -1, -1, 0), lambda stored: stored[::-1, ::-1].swapaxes(0, 1), 270),
    ],
)
def test_trap_14_mirror_tag_is_honoured(
    tmp_path: Path, matrix: tuple[int, int, int, int], turn: Callable[[ByteImage], ByteImage], degrees: int
) -> None:
    stored = corner_picture()
    path = tag_matrix(write_video(tmp_path / "clip.mp4", [stored] * 3, "libx264"), *matrix)
    found, info = picture_of(path), info_of(path)
    assert (info.rotation, info.mirrored) == (degrees, True)
    assert (info.height, info.width) == found.shape[:2]
    assert np.abs(np.subtract(corners_of(found), corners_of(turn(stored)))).max() < 6
    turned_only = np.rot90(stored, -degrees // 90)
    assert corners_of(turn(stored)) == corners_of(turned_only[:, ::-1])


def test_trap_14_exif_of_mjpeg_frames_is_honoured(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # shown after a turn by 90 degrees clockwise
    frames = [jpeg(np.rot90(corner_picture()).copy(), exif=exif)] * 3
    path = write_jpegs(tmp_path / "clip.avi", frames, 64, 96)
    info = info_of(path)
    assert (info.rotation, info.width, info.height) == (90, 96, 64)
    assert np.abs(np.subtract(corners_of(picture_of(path)), CORNERS)).max() < 6


@pytest.mark.parametrize(
    ("name", "codec", "hd"),
    [("clip.avi", "mjpeg", False), ("clip.mp4", "libx264", False), ("clip.mp4", "libx264", True)],
)
def test_colours_are_those_that_were_encoded(tmp_path: Path, name: str, codec: str, hd: bool) -> None:
    path = write_video(tmp_path / name, [corner_picture()] * 3, codec, hd=hd)
    assert np.abs(np.subtract(corners_of(picture_of(path)), CORNERS)).max() < 6


def test_black_and_white_keep_their_range(tmp_path: Path) -> None:
    steps = np.repeat(np.linspace(0, 255, 6).astype(np.uint8)[None, :, None], 3, axis=2)
    picture = cv2.resize(steps, (96, 64), interpolation=cv2.INTER_NEAREST)
    for name, codec in (("clip.avi", "mjpeg"), ("clip.mp4", "libx264")):
        found = picture_of(write_video(tmp_path / name, [picture] * 3, codec))
        assert np.abs(found[32, 8::16].astype(int) - picture[32, 8::16]).max() <= 3


@pytest.mark.parametrize(("name", "codec"), FILES)
def test_pixels_are_those_of_opencv(tmp_path: Path, name: str, codec: str) -> None:
    smooth = cv2.resize(np.random.default_rng(2).integers(0, 256, (4, 6, 3), dtype=np.uint8), (160, 120))
    path = write_video(tmp_path / name, [smooth] * 5, codec)
    assert np.abs(picture_of(path).astype(int) - opencv_frame(path)).mean() < 1


def opencv_frame(path: Path) -> ByteImage:
    done, picture = cv2.VideoCapture(str(path)).read()
    assert done
    return picture[:, :, ::-1]


# ---------------------------------------------------------------------------------------------- memory


def test_one_frame_at_a_time_is_held(tmp_path: Path) -> None:
    path = tag_rotation(write_video(tmp_path / "clip.mp4", coded_frames(30), "libx264"), 180)
    given: list[weakref.ref[ByteImage]] = []

    def use(number: int, picture: ByteImage) -> int:
        given.append(weakref.ref(picture))
        return sum(reference() is not None for reference in given)

    _, alive = read_clip(path, range, use)
    assert max(alive.values()) <= 2
    assert all(reference() is None for reference in given)


def test_frames_may_be_written_to(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", coded_frames(12), "libx264")

    def use(number: int, picture: ByteImage) -> int:
        code = read_code(picture)
        picture[:] = 0
        return code

    assert read_clip(path, range, use)[1] == {number: number for number in range(12)}


# ------------------------------------------------------------------------------------------- bad files


def bad_files(folder: Path) -> dict[str, str]:
    """Make every kind of bad file; from its name to what is said of it."""
    (folder / "empty.mp4").touch()
    (folder / "text.avi").write_text("not a video\n" * 100)
    (folder / "text.txt").write_text("what FFmpeg would play as a screen of letters\n" * 100)
    (folder / "list.mp4").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n")
    (folder / "photo.avi").write_bytes(jpeg(corner_picture()))
    (folder / "folder.avi").mkdir()
    h264 = [np.random.default_rng(3).integers(0, 256, (64, 96, 3), dtype=np.uint8)] * 5
    truncate(write_video(folder / "no-moov.mp4", h264, "libx264"), 0.5)
    sound(folder / "sound.mp4")
    write_jpegs(folder / "noise.avi", [b"\x00" * 500] * 4, 96, 64)
    (folder / "header-only.avi").write_bytes(write_video(folder / "a.avi", h264).read_bytes()[:300])
    huge(write_video(folder / "huge.avi", coded_frames(2)))
    recode(write_video(folder / "codec.mp4", coded_frames(2), "libx264"))
    return {
        "missing.avi": "is not a file; check the path",
        "folder.avi": "is not a file; check the path",
        "empty.mp4": r"is empty \(0 bytes\); copy it again",
        "text.avi": r"is damaged, cut short or not a video \(.*\); copy it again",
        "text.txt": r"is damaged, cut short or not a video \(.*\); copy it again",
        "list.mp4": r"is damaged, cut short or not a video \(.*\); copy it again",
        "photo.avi": r"is damaged, cut short or not a video \(.*\); copy it again",
        "no-moov.mp4": "is damaged.*; copy it again",
        "header-only.avi": "; copy it again",
        "sound.mp4": "has no pictures, only sound or data; copy it again",
        "noise.avi": "has no frame that can be decoded; copy it again",
        "huge.avi": r"has frames of 40000 × 30000 pixels, more than 67 million; copy it again",
        "codec.mp4": "is coded in a way that PyAV cannot decode; convert it to H.264",
    }


def sound(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        samples.sample_rate = 8000
        container.mux(stream.encode(samples))
        container.mux(stream.encode(None))


def huge(path: Path) -> None:
    content = bytearray(path.read_bytes())
    at = content.index(b"strf") + 8 + 4  # BITMAPINFOHEADER: biWidth, biHeight
    content[at : at + 8] = struct.pack("<ii", 40000, 30000)
    content = content.replace(
        b"\xff\xc0\x00\x11\x08\x00\x40\x00\x60", b"\xff\xc0\x00\x11\x08\x75\x30\x9c\x40"
    )
    path.write_bytes(content)


def recode(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzzz"))


def test_bad_files_get_one_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for name, sentence in bad_files(tmp_path).items():
        with pytest.raises(BadFile, match=sentence) as error:
            read_clip(tmp_path / name, range, lambda _, picture: None)
        assert str(error.value).startswith(f"{tmp_path / name} ")
        assert str(error.value).endswith(".")
        assert "\n" not in str(error.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything may be read by this user")
def test_a_forbidden_file_gets_one_sentence(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.avi", coded_frames(2))
    path.chmod(0)
    with pytest.raises(BadFile, match="may not be read; change its permissions"):
        read_clip(path, range, lambda _, picture: None)


def test_odd_names_are_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("http:clip.avi", "clip%03d.avi", "片 – ä.avi", "-i.avi"):
        write_video(tmp_path / name, coded_frames(3))
        assert codes(Path(name)) == {0: 0, 1: 1, 2: 2}


def test_tags_in_any_encoding_are_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "a phone's title"
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height = 96, 64
        container.mux(stream.encode(av.VideoFrame.from_ndarray(coded(5), format="rgb24")))
        container.mux(stream.encode(None))
    content = path.read_bytes()
    assert b"a phone's title" in content
    path.write_bytes(content.replace(b"a phone's title", b"\xff\xfe\xe4 phone's title"[:15]))
    assert codes(path) == {0: 5}


def test_a_clip_of_one_frame(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", [coded(42)], "libx264")
    assert codes(path) == {0: 42}
    assert info_of(path).frames == 1


def test_without_pyav_one_sentence_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_video(tmp_path / "clip.avi", coded_frames(2))
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(BadSetting, match=r"videos need PyAV, .* run: pip install 'mtfas\[video\]'\.$"):
        read_clip(path, range, lambda _, picture: None)


def test_the_module_is_imported_without_pyav() -> None:
    code = "import sys, mtfas.faces.video; sys.exit('av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_suffixes_are_lower_case() -> None:
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in VIDEO_SUFFIXES)
