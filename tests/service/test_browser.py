"""The page in a real browser: a file, a camera and a key each lead to the verdict the service gives."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from browser import CHROMIUM, DRIVER, browser, resize, write_camera
from running import KEYS, Running

from mtfas.deploy.predictor import Predictor
from mtfas.types import ByteImage

pytest.importorskip("selenium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="neither chromium nor chromedriver is installed"),
]
WORDS = {"bona_fide": "Bona fide", "attack": "Attack", "no_response": "No response"}
PATIENCE = 60


@pytest.fixture(scope="module")
def driver(heads: list[ByteImage]) -> Iterator[Any]:
    """A browser on a phone's screen, whose camera shows the first head."""
    with tempfile.TemporaryDirectory() as folder:
        large = cv2.resize(heads[0], (640, 480), interpolation=cv2.INTER_CUBIC)
        camera = write_camera(Path(folder) / "camera.mjpeg", [large] * 5)  # type: ignore[list-item]
        with browser(Path(folder) / "profile", camera) as found:
            resize(found, 390, 844)
            yield found


def by_id(driver: Any, name: str) -> Any:
    return driver.find_element("id", name)


def wait(driver: Any, condition: Any) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, PATIENCE).until(condition)


def wait_for_verdict(driver: Any) -> None:
    wait(driver, lambda _: by_id(driver, "result").get_attribute("data-verdict") != "none")
    wait(driver, lambda _: by_id(driver, "result").get_attribute("aria-busy") != "true")


def errors(driver: Any) -> list[str]:
    """What the browser complains of, such as a breach of the security policy."""
    return [entry["message"] for entry in driver.get_log("browser")]


def over(driver: Any, name: str, under: str) -> tuple[float, float, float, float]:
    """Return where an element lies on a medium, in parts of the medium's width and height."""
    part, whole = by_id(driver, name).rect, by_id(driver, under).rect
    return ((part["x"] - whole["x"]) / whole["width"], (part["y"] - whole["y"]) / whole["height"],
            part["width"] / whole["width"], part["height"] / whole["height"])  # fmt: skip


def test_a_file_gets_its_verdict_and_overlay(
    driver: Any, service: Running, bundle: Path, files: dict[str, Path], heads: list[ByteImage]
) -> None:
    wanted = Predictor.open(bundle).path(files["0.png"])
    assert wanted.box is not None
    driver.get(service.url)
    wait(driver, lambda _: by_id(driver, "rendered").is_displayed())
    assert "must not guard anything" in by_id(driver, "rendered").text
    by_id(driver, "file").send_keys(os.fspath(files["0.png"]))
    wait_for_verdict(driver)
    assert by_id(driver, "verdict").text == WORDS[wanted.verdict]
    assert by_id(driver, "score-text").text == f"{wanted.score:.3f}"
    assert WORDS[wanted.verdict] in by_id(driver, "live").get_attribute("textContent")
    assert by_id(driver, "heat").is_displayed()
    height, width = heads[0].shape[:2]
    left, top, across, down = wanted.box
    place = (left / width, top / height, across / width, down / height)
    assert over(driver, "box", "picture") == pytest.approx(place, abs=0.02)
    by_id(driver, "show-heat").click()
    assert not by_id(driver, "heat").is_displayed()
    assert errors(driver) == []


def test_a_video_and_a_picture_without_a_face(driver: Any, service: Running, files: dict[str, Path]) -> None:
    driver.get(service.url)
    by_id(driver, "file").send_keys(os.fspath(files["clip.mp4"]))
    wait_for_verdict(driver)
    assert by_id(driver, "frames-text").text == "8 of 8"
    by_id(driver, "file").send_keys(os.fspath(files["nobody.png"]))
    wait(driver, lambda _: by_id(driver, "verdict").text == "No response")
    assert "look straight into the camera" in by_id(driver, "advice").text
    assert not by_id(driver, "score").is_displayed()
    assert not by_id(driver, "box").is_displayed()


def test_what_is_refused_is_said(driver: Any, service: Running, tmp_path: Path) -> None:
    (tmp_path / "note.png").write_bytes(b"dear service")
    (tmp_path / "large.png").write_bytes(bytes(1_000_001))
    for name, words in [("note.png", "is no picture and no video"), ("large.png", "larger than 1 MB")]:
        driver.get(service.url)
        wait(driver, lambda _: "1 MB" in by_id(driver, "about").text)
        by_id(driver, "file").send_keys(os.fspath(tmp_path / name))
        wait(driver, lambda _: by_id(driver, "verdict").text == "Not checked")
        assert words in by_id(driver, "advice").text


def test_the_camera_gets_verdicts_until_it_is_stopped(driver: Any, service: Running) -> None:
    errors(driver)  # those of the tests before: a refusal is one
    driver.get(service.url)
    before = len(service.events("request"))
    by_id(driver, "camera").click()
    wait_for_verdict(driver)
    wait(driver, lambda _: by_id(driver, "box").is_displayed())
    assert by_id(driver, "verdict").text in (WORDS["bona_fide"], WORDS["attack"])
    assert by_id(driver, "camera").get_attribute("aria-pressed") == "true"
    wait(driver, lambda _: len([e for e in service.events("request")[before:] if e.get("verdict")]) >= 3)
    by_id(driver, "camera").click()
    assert by_id(driver, "camera").text == "Start the camera"
    assert by_id(driver, "invite").is_displayed()
    assert errors(driver) == []


def test_the_keyboard_reaches_everything(driver: Any, service: Running) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    driver.get(service.url)
    reached = []
    for _ in range(6):
        ActionChains(driver).send_keys(Keys.TAB).perform()
        reached.append(driver.switch_to.active_element.get_attribute("id"))
    assert {"file", "camera", "show-heat"} <= set(reached)


def test_nothing_is_wider_than_a_phone(driver: Any, service: Running) -> None:
    driver.get(service.url)
    wait(driver, lambda _: "Threshold" in by_id(driver, "about").text)
    assert driver.execute_script("return document.documentElement.scrollWidth") <= 390


def test_a_key_is_asked_for(driver: Any, strict: Running, files: dict[str, Path]) -> None:
    driver.get(strict.url)
    wait(driver, lambda _: by_id(driver, "key-form").is_displayed())
    by_id(driver, "key").send_keys("x" * 20)
    by_id(driver, "key").submit()
    wait(driver, lambda _: "not known here" in by_id(driver, "key-note").text)
    by_id(driver, "key").clear()
    by_id(driver, "key").send_keys(KEYS["phone"])
    by_id(driver, "key").submit()
    wait(driver, lambda _: not by_id(driver, "key-form").is_displayed())
    by_id(driver, "file").send_keys(os.fspath(files["1.png"]))
    wait_for_verdict(driver)
    assert by_id(driver, "verdict").text in (WORDS["bona_fide"], WORDS["attack"])
