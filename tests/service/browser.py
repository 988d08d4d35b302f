"""A headless Chromium with a camera that shows what we like, or a reason why there is none."""

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2

from mtfas.types import ByteImage

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--force-prefers-reduced-motion")  # fmt: skip


def write_camera(path: Path, frames: Sequence[ByteImage]) -> Path:
    """Write what the camera shows: JPEGs one after another, which Chromium plays again and again."""
    jpegs = [cv2.imencode(".jpg", frame[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 98])[1] for frame in frames]
    path.write_bytes(b"".join(jpeg.tobytes() for jpeg in jpegs))
    return path


@contextlib.contextmanager
def browser(profile: Path, camera: Path | None = None, dark: bool = False) -> Iterator["WebDriver"]:  # type: ignore[name-defined] # noqa: F821
    """Start a browser with a new profile."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    if camera is not None:
        options.add_argument("--use-fake-device-for-media-stream")
        options.add_argument("--use-fake-ui-for-media-stream")
        options.add_argument(f"--use-file-for-fake-video-capture={camera}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(str(DRIVER)))
    scheme = "dark" if dark else "light"
    feature = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", feature)
    try:
        yield driver
    finally:
        driver.quit()


def resize(driver: "WebDriver", width: int, height: int) -> None:  # type: ignore[name-defined] # noqa: F821
    """Give the page a width and height in CSS pixels, as a phone has."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
