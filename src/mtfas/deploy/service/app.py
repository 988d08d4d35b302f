"""The routes: check a file, tell of the bundle, alive, ready, metrics, and the page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from mtfas import __version__
from mtfas.deploy.predictor import Predictor
from mtfas.deploy.service.about import about
from mtfas.deploy.service.auth import Keys, key_of
from mtfas.deploy.service.body import boundary_of, read_body
from mtfas.deploy.service.edge import Edge
from mtfas.deploy.service.jobs import Jobs
from mtfas.deploy.service.judge import Judge
from mtfas.deploy.service.metrics import CONTENT_TYPE, Metrics
from mtfas.deploy.service.page import read_page
from mtfas.deploy.service.refusals import Refused
from mtfas.deploy.service.schema import REFUSALS, UPLOAD, CheckAnswer
from mtfas.deploy.service.settings import Limits


@dataclass(frozen=True)
class Service:
    """Everything a request may need.

    Attributes:
        predictor: an opened bundle, whose probes have passed.
        keys: who may ask.
        limits: how much.
        profile: the camera whose threshold holds, if any.
        jobs: places and threads.
        metrics: counters.
    """

    predictor: Predictor
    keys: Keys
    limits: Limits
    profile: str | None
    jobs: Jobs
    metrics: Metrics

    @classmethod
    def of(cls, predictor: Predictor, keys: Keys, limits: Limits, profile: str | None = None) -> "Service":
        """Return a service with nothing to do yet."""
        jobs, metrics = Jobs(limits.concurrency, limits.queue, limits.timeout), Metrics()
        metrics.in_flight.set_function(lambda: jobs.taken)
        metrics.working.set_function(lambda: jobs.working)
        return cls(predictor, keys, limits, profile, jobs, metrics)

    def admit(self, request: Request) -> None:
        """Raise Refused (401) unless a request may ask."""
        name = self.keys.name_of(key_of(request.headers))
        if name is not None:
            request.state.notes["key"] = name


def make_app(service: Service) -> Edge:
    """Return the ASGI application."""
    app = FastAPI(
        title="mtfas",
        version=__version__,
        summary="Is the face before the camera a person or an attack?",
        docs_url=None,  # FastAPI's pages load their scripts from elsewhere
        redoc_url=None,
    )
    _add_check(app, service)
    _add_monitoring(app, service)
    _add_page(app)
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
    routes = {str(getattr(route, "path", "")) for route in app.routes}
    return Edge(app, service.metrics, routes)


def _add_check(app: FastAPI, service: Service) -> None:
    judge = Judge(service.predictor, service.limits)

    @app.post(
        "/v1/check",
        response_model=CheckAnswer,
        response_model_exclude_unset=True,
        responses=REFUSALS,
        openapi_extra=UPLOAD,
    )
    async def check(request: Request, heatmap: bool = False) -> Any:
        """Judge a picture or short video: bona fide, attack, or no response with the reason."""
        service.admit(request)
        boundary = boundary_of(request.headers.get("content-type"))
        limits, jobs, notes = service.limits, service.jobs, request.state.notes
        with jobs.place():
            declared = request.headers.get("content-length")
            body = await read_body(request.receive, declared, limits.max_body, limits.timeout)
            notes["bytes"] = len(body)
            answer = await jobs.run(lambda deadline: judge.answer(body, boundary, heatmap, deadline))
        notes |= {"verdict": answer["verdict"], "reason": answer["reason"]}
        service.metrics.verdicts.labels(answer["verdict"]).inc()
        if answer["reason"]:
            service.metrics.no_responses.labels(answer["reason"]).inc()
        return {"request_id": request.state.request_id, **answer}

    @app.get("/v1/bundle", responses={401: REFUSALS[401]})
    async def bundle(request: Request) -> dict[str, Any]:
        """Tell of the bundle, its threshold and the limits."""
        service.admit(request)
        return about(service.predictor, service.limits, service.profile)


def _add_monitoring(app: FastAPI, service: Service) -> None:
    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Say that the process is alive."""
        return {"status": "alive"}

    @app.get("/readyz", responses={503: REFUSALS[503]})
    async def readyz() -> dict[str, str]:
        """Say whether requests are taken: the bundle is loaded, its probes passed, and no end is near."""
        if service.jobs.draining:
            raise Refused("draining", "The service is about to stop.")
        return {"status": "ready"}

    @app.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Return counts and times in Prometheus' text format."""
        return Response(service.metrics.text(), headers={"Content-Type": CONTENT_TYPE})


def _add_page(app: FastAPI) -> None:
    for path, file in read_page().items():
        response = _fixed(file.content, file.kind)
        app.add_api_route(path, response, methods=["GET"], include_in_schema=False)


def _fixed(content: bytes, kind: str) -> Callable[[], Any]:
    async def respond() -> Response:
        return Response(content, headers={"Content-Type": kind})

    return respond


async def _refuse(request: Request, error: Exception) -> Response:
    refused = error if isinstance(error, Refused) else _as_refused(error)
    request.state.notes["code"] = refused.code
    return JSONResponse(refused.content(), refused.status, headers=refused.headers)


def _as_refused(error: Exception) -> Refused:
    if isinstance(error, RequestValidationError):
        name = str(error.errors()[0]["loc"][-1])
        return Refused("bad_parameter", f"The parameter '{name}' is not of its kind; see /openapi.json.")
    if isinstance(error, HTTPException) and error.status_code == 405:
        return Refused("wrong_method", "This address takes another method; see /openapi.json.")
    return Refused("not_found", "There is nothing at this address; see /openapi.json.")


HANDLERS: dict[type[Exception], Callable[[Request, Exception], Any]] = dict.fromkeys(
    (Refused, RequestValidationError, HTTPException), _refuse
)
"""Every error a client can cause, in one shape."""
