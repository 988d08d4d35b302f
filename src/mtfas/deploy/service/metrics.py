"""What a monitor reads: counts and times in Prometheus' text format."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
"""Upper edges of the latency histogram."""


class Metrics:
    """The service's counters, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = own = CollectorRegistry()
        self.requests = Counter("mtfas_requests", "Requests answered.", ["route", "status"], registry=own)
        self.verdicts = Counter("mtfas_verdicts", "Files judged.", ["verdict"], registry=own)
        self.no_responses = Counter(
            "mtfas_no_responses", "Files without a verdict.", ["reason"], registry=own
        )
        self.refused = Counter("mtfas_refused", "Requests refused.", ["reason"], registry=own)
        self.seconds = Histogram(
            "mtfas_request_seconds",
            "From the head of a request to the end of its answer.",
            ["route"],
            buckets=SECONDS,
            registry=own,
        )
        self.in_flight = Gauge("mtfas_in_flight", "Checks that hold a place now.", registry=own)
        self.working = Gauge("mtfas_working", "Files decoded or judged now.", registry=own)
        for verdict in ("bona_fide", "attack", "no_response"):
            self.verdicts.labels(verdict)  # a counter that is 0 is seen, too

    def text(self) -> bytes:
        """Return everything in the text format."""
        return generate_latest(self.registry)
