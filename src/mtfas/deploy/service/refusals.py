"""Why a request is not answered: one family of errors, each with a status, a code and one sentence."""

from mtfas.deploy.service.settings import RETRY_SECONDS

STATUS = {
    "bad_multipart": 400,
    "no_file": 400,
    "bad_parameter": 400,
    "bad_http": 400,
    "no_key": 401,
    "wrong_key": 401,
    "not_found": 404,
    "wrong_method": 405,
    "slow_body": 408,
    "body_too_large": 413,
    "too_many_pixels": 413,
    "too_many_frames": 413,
    "not_multipart": 415,
    "unknown_format": 415,
    "unreadable": 422,
    "internal": 500,
    "busy": 503,
    "draining": 503,
    "too_slow": 503,
}
"""HTTP status (RFC 9110) of each code. Whatever is wrong with a request is 4xx; 503 means: later."""


class Refused(Exception):
    """A request that gets no answer to its question.

    Attributes:
        code: a key of STATUS.
        message: one sentence for whoever sent it; names no file.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS[self.code]

    @property
    def headers(self) -> dict[str, str]:
        """What the response carries beyond its body."""
        if self.status == 503:
            return {"Retry-After": str(RETRY_SECONDS)}
        if self.status == 401:
            return {"WWW-Authenticate": "Bearer"}
        return {"Connection": "close"} if self.code == "slow_body" else {}

    def content(self) -> dict[str, dict[str, str]]:
        """Return the body of the response."""
        return {"error": {"code": self.code, "message": self.message}}


class ClientGone(Exception):
    """The client left before its request was complete; nobody is there to be answered."""
