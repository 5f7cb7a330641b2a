"""What the router answers in an app's place: Heroku's H codes, and requests that are wrong."""

from __future__ import annotations

from procrun.value import Value


class Failure(Value):
    """Why a client gets no answer of a dyno, or not all of it; its words are those of the log."""

    code: str
    desc: str
    status: int = 503
    at: str = "error"
    cause: str = ""  # H26 alone
    sock: str = ""  # whose connection broke: H18 and H27 alone


APP_CRASHED = Failure("H10", "App crashed")
BACKLOG_TOO_DEEP = Failure("H11", "Backlog too deep")
REQUEST_TIMEOUT = Failure("H12", "Request timeout")
CLOSED_WITHOUT_RESPONSE = Failure("H13", "Connection closed without response")
NO_WEB_PROCESSES = Failure("H14", "No web processes running")
IDLE_CONNECTION = Failure("H15", "Idle connection")
BAD_RESPONSE = Failure("H17", "Poorly formatted HTTP response")
SERVER_INTERRUPTED = Failure("H18", "Server Request Interrupted", sock="backend")
CONNECT_TIMEOUT = Failure("H19", "Backend connection timeout")
BOOT_TIMEOUT = Failure("H20", "App boot timeout")
CONNECT_REFUSED = Failure("H21", "Backend connection refused")
FORCED_CLOSE = Failure("H24", "Forced close")
CLIENT_INTERRUPTED = Failure("H27", "Client Request Interrupted", 499, "warning", sock="client")
CLIENT_IDLE = Failure("H28", "Client Connection Idle", 499, "warning")
ALL_QUARANTINED = Failure("H34", "All up dynos are quarantined")
MAINTENANCE = Failure("H80", "Maintenance mode", at="info")
BLANK_APP = Failure("H81", "Blank app", 502, "info")
PLATFORM_ERROR = Failure("H99", "Platform error")

_RESTRICTION = "HTTP restriction: "
BAD_LENGTH = Failure("H25", f"{_RESTRICTION}invalid content length", 502)
BIG_COOKIE = Failure("H25", f"{_RESTRICTION}oversized cookie", 502)
BIG_HEADER = Failure("H25", f"{_RESTRICTION}oversized header", 502)
BIG_STATUS_LINE = Failure("H25", f"{_RESTRICTION}oversized status line", 502)

_REQUEST_ERROR = "Request Error"
BAD_HEADER = Failure("H26", _REQUEST_ERROR, 400, cause="bad header")
BAD_CHUNK = Failure("H26", _REQUEST_ERROR, 400, cause="bad chunk")
BAD_EXPECT = Failure("H26", _REQUEST_ERROR, 417, cause="unsupported expect header value")

# Nobody is there any more to read a page.
UNANSWERED = frozenset({CLIENT_INTERRUPTED.code, CLIENT_IDLE.code, FORCED_CLOSE.code})
REASONS = {
    400: "Bad Request",
    417: "Expectation Failed",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


class Refused(Exception):
    """A request, or a dyno's answer, that is not passed on; `failure` says how that is told."""

    def __init__(self, failure: Failure, why: str = "") -> None:
        super().__init__(why)
        self.failure = failure
        self.why = why  # one sentence for the client
