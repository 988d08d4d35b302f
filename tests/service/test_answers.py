"""What a client gets for a good file: exactly what the predictor says, for each kind of file."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families
from running import Running

from mtfas.deploy.predictor import Predictor
from mtfas.faces.crop import crop_square
from mtfas.types import Box


@pytest.fixture(scope="module")
def predictor(bundle: Path) -> Predictor:
    return Predictor.open(bundle)


def test_answers_are_those_of_the_predictor(
    service: Running, predictor: Predictor, files: dict[str, Path]
) -> None:
    verdicts = set()
    with service.client() as client:
        for name, path in files.items():
            wanted = predictor.path(path).to_json("")
            response = client.post("/v1/check", files={"file": (name, path.read_bytes())})
            assert response.status_code == 200, response.text
            found = response.json()
            assert {key: found[key] for key in wanted if key != "path"} == {
                key: value for key, value in wanted.items() if key != "path"
            }, name
            verdicts.add((found["verdict"], found["reason"]))
            assert found["frames_in_file"] == (8 if "clip" in name else 1)
            assert "heatmap" not in found
    assert {reason for _, reason in verdicts} >= {None, "no_face", "several_faces"}


def test_a_heat_map_comes_when_asked_for(
    service: Running, predictor: Predictor, files: dict[str, Path]
) -> None:
    answer = predictor.path(files["0.png"])
    assert answer.box is not None
    assert answer.heatmap is not None
    with service.client() as client:
        content = files["0.png"].read_bytes()
        found = client.post("/v1/check?heatmap=1", files={"file": content}).json()
        none = client.post("/v1/check?heatmap=1", files={"file": files["nobody.png"].read_bytes()}).json()
    assert none["heatmap"] is None
    square = crop_square(Box(*answer.box), predictor.bundle.crop)
    assert found["heatmap_box"] == pytest.approx(square.as_list(), abs=0.01)
    kind, _, coded = found["heatmap"].partition(",")
    assert kind == "data:image/png;base64"
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(coded))))
    assert picture.shape == (192, 192, 4)
    opacity = picture[:, :, 3].astype(float) / 255
    shrunk = opacity.reshape(
        answer.heatmap.shape[0], -1, answer.heatmap.shape[1], 192 // answer.heatmap.shape[1]
    )
    assert np.corrcoef(shrunk.mean(axis=(1, 3)).ravel(), answer.heatmap.ravel())[0, 1] > 0.9


def test_request_ids(service: Running, files: dict[str, Path]) -> None:
    with service.client() as client:
        for given, kept in [("visit-7.a_B", True), ("x" * 65, False), ("a b", False), ('"}{"', False)]:
            answer = client.post(
                "/v1/check", headers={"X-Request-Id": given}, files={"file": files["0.png"].read_bytes()}
            )
            assert (answer.headers["x-request-id"] == given) == kept
            assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_the_bundle_is_told(service: Running, bundle: Path) -> None:
    info = json.loads((bundle / "bundle.json").read_text())
    with service.client() as client:
        found = client.get("/v1/bundle").json()
    assert found["threshold"]["value"] == info["threshold"]["value"]
    assert found["rendered"] is True
    assert "must not guard anything" in found["warning"]
    assert found["limits"] == {
        "max_body_mb": 1.0,
        "max_pixels": 2_000_000,
        "max_frames": 64,
        "timeout_s": 60.0,
    }


def test_the_api_describes_itself_without_help_from_outside(service: Running) -> None:
    with service.client() as client:
        described = client.get("/openapi.json").json()
        assert client.get("/docs").status_code == client.get("/redoc").status_code == 404
    check = described["paths"]["/v1/check"]["post"]
    assert "multipart/form-data" in check["requestBody"]["content"]
    assert {"200", "400", "401", "408", "413", "415", "422", "503"} <= check["responses"].keys()
    assert described["components"]["schemas"]["CheckAnswer"]["examples"][0]["verdict"] == "bona_fide"


def test_the_page_needs_nothing_from_elsewhere(service: Running) -> None:
    with service.client() as client:
        page = client.get("/")
        parts = {
            name: client.get(f"/{name}") for name in ("app.js", "api.js", "view.js", "camera.js", "style.css")
        }
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["permissions-policy"].startswith("camera=(self)")
    for part in [page, *parts.values()]:
        assert part.status_code == 200
        assert "//cdn" not in part.text
        assert "https://" not in part.text
    for forbidden in ("<style", "style=", "onclick", "<script>"):
        assert forbidden not in page.text


def test_metrics_can_be_read(service: Running, files: dict[str, Path]) -> None:
    def read() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        text = client.get("/metrics").text
        families = list(text_string_to_metric_families(text))
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }

    with service.client() as client:
        before = read()
        client.post("/v1/check", files={"file": files["nobody.png"].read_bytes()})
        client.post("/v1/check", files={"file": b"nothing"})
        client.get("/some/secret.jpg")
        after = read()
    wanted = {
        ("mtfas_verdicts_total", (("verdict", "no_response"),)): 1,
        ("mtfas_no_responses_total", (("reason", "no_face"),)): 1,
        ("mtfas_refused_total", (("reason", "unknown_format"),)): 1,
        ("mtfas_requests_total", (("route", "/v1/check"), ("status", "415"))): 1,
        ("mtfas_requests_total", (("route", "other"), ("status", "404"))): 1,
        ("mtfas_request_seconds_count", (("route", "/v1/check"),)): 2,
        ("mtfas_in_flight", ()): 0,
    }
    assert {key: after[key] - before.get(key, 0) for key in wanted} == wanted


def test_no_log_line_names_a_file_or_shows_an_address(service: Running, files: dict[str, Path]) -> None:
    with service.client() as client:
        for content in (files["0.png"].read_bytes(), b"nothing", b""):
            client.post("/v1/check?heatmap=1", files={"file": ("anna-schmidt.png", content)})
        client.get("/anna-schmidt.png?who=anna")
        client.request("ANNA", "/v1/check")
    with service.client() as client:  # the last line is written by now
        client.get("/healthz")
    events = service.events("request")
    assert events
    assert "anna" not in service.log.lower()
    assert "127.0.0.1" not in "".join(line for line in service.lines if '"listening"' not in line)
    keys = {"time", "level", "event", "request_id", "method", "route", "status", "ms", "bytes", "verdict",
            "reason", "code"}  # fmt: skip
    assert set().union(*events) <= keys
