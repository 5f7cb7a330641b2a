"""An app of the kind that books on Flask build, from the first start to the last request.

Application factory, a configuration for Heroku that redirects to https, a release command that
migrates the database, gunicorn: with a real browser in front.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.running import environment

if TYPE_CHECKING:
    from tests.running import Running, Starter

BOOK = Path(__file__).parent / "examples" / "book"
ENV_FILE = """\
# what the app is told
FLASK_APP=flasky.py
FLASK_CONFIG=heroku
SECRET_KEY="a long and secret one"  # not in git
WEB_CONCURRENCY=1
"""
URLS = re.compile(r"https://book\.localhost:(\d+)\D.*http://127\.0\.0\.1:(\d+)")
LONG = 30  # seconds: gunicorn, SQLAlchemy and Alembic start several times


class Visitor:
    """Whoever looks at the app: with curl, and with a browser of his own that trusts its CA."""

    def __init__(self, home: Path, authority: Path, http: int, https: int) -> None:
        self._home = home
        self._authority = authority
        self.http = f"http://127.0.0.1:{http}"
        self.https = f"https://book.localhost:{https}"
        (home / ".pki" / "nssdb").mkdir(parents=True)
        store = f"sql:{home}/.pki/nssdb"
        self._run("certutil", "-N", "--empty-password", "-d", store)
        self._run("certutil", "-A", "-d", store, "-t", "C,,", "-n", "ours", "-i", str(authority))

    def get(self, url: str, *options: str) -> tuple[int, str]:
        """The status of the answer, and its body."""
        body, _, status = self._curl("\n%{http_code}", *options, url).rpartition("\n")
        return int(status), body

    def is_sent_to(self, url: str) -> str:
        """Where the answer leads him."""
        return self._curl("%{redirect_url}", "-o", "/dev/null", url)

    def sees(self, url: str) -> str:
        """The page as a browser has it."""
        return self._run(
            *("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *(f"--user-data-dir={self._home}/chromium", "--disable-background-networking"),
            *("--dump-dom", url),
        )

    def _curl(self, tells: str, *words: str) -> str:
        return self._run("curl", "-sS", "--cacert", str(self._authority), "-w", tells, *words)

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            env=environment({"HOME": str(self._home)}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


class Book:
    """The app, in a folder of its own."""

    def __init__(self, procrun: Starter, root: Path) -> None:
        self._procrun = procrun
        self.root = root
        shutil.copytree(BOOK, root)
        (root / ".env").write_text(ENV_FILE, encoding="utf-8")
        self.running = procrun("-d", str(root), "start", "--heroku", "-p", "0", "--no-timestamp")

    def visitor(self) -> Visitor:
        """Whoever comes once its URLs are told."""
        found = URLS.search(self.running.wait_for(URLS, LONG))
        assert found
        home = self.root.parent / "home"
        authority = Path(self.asked("ca", "path").strip())
        return Visitor(home, authority, int(found[2]), int(found[1]))

    def asked(self, *words: str) -> str:
        """What a command prints, which must succeed."""
        command = self._procrun("-d", str(self.root), *words, apart=True)
        status, output = command.finish(LONG)
        assert status == 0, (output, command.errors)
        return output


@pytest.fixture
def book(procrun: Starter, tmp_path: Path) -> Book:
    """It has been started."""
    procrun.variables["XDG_DATA_HOME"] = str(tmp_path / "data")
    return Book(procrun, tmp_path / "book")


@pytest.mark.needs("chromium", "certutil", "curl")
@pytest.mark.timeout(180)
def test_an_app_of_a_book_runs_as_on_heroku(book: Book) -> None:
    """Release phase, https, one-offs, config vars, maintenance and restart, as its users do it."""
    visitor = book.visitor()
    _was_released_first(book.running)
    _is_reached_over_https(visitor)

    assert re.search(r"with 3 roles as run\.\d+", book.asked("run", "--heroku", "flask", "deploy"))

    assert "GREETING: Salut" in book.asked("config", "set", "GREETING=Salut")
    assert "Salut, Stranger!" in visitor.get(visitor.https)[1]
    assert "# not in git\nWEB_CONCURRENCY=1\nGREETING=Salut\n" in _text(book, ".env")

    book.asked("maintenance", "on")
    assert visitor.get(visitor.https)[0] == 503
    assert "maintenance" in visitor.sees(visitor.https)
    book.asked("maintenance", "off")
    assert "<h1>Salut, Stranger!</h1>" in visitor.sees(visitor.https)

    book.asked("restart")
    assert visitor.get(visitor.https)[0] == 200
    _is_in_the_log(book)
    book.running.signal(signal.SIGINT)
    assert book.running.finish(LONG)[0] == 130


def _was_released_first(running: Running) -> None:
    """The database was migrated before anything else was started."""
    migrated = re.search(r"deployed with 3 roles as release\.\d+", running.output)
    started = running.output.find("Listening at")
    assert migrated
    assert migrated.start() < started


def _is_reached_over_https(visitor: Visitor) -> None:
    """Http is redirected, once; then the app knows who asks, and how."""
    secure = visitor.http.replace("http", "https", 1)
    assert visitor.is_sent_to(f"{visitor.http}/seen") == f"{secure}/seen"
    assert visitor.get(f"{visitor.http}/seen", "-L", "--max-redirs", "1")[0] == 200
    status, page = visitor.get(f"{visitor.https}/seen", "-H", "X-Request-Id: an-id-of-twenty-chars")
    seen = json.loads(page)
    assert status == 200
    assert seen == {
        "scheme": "https",
        "client": "127.0.0.1",
        "host": visitor.https.removeprefix("https://"),
        "url": f"{visitor.https}/",
        "request_id": "an-id-of-twenty-chars",
        "dyno": "web.1",
    }


def _is_in_the_log(book: Book) -> None:
    """A line of the router for each request, and what became of each dyno."""
    log = book.asked("logs", "-n", "1000")
    assert re.search(
        r' heroku\[router\]: at=info method=GET path="/seen" host=book\.localhost', log
    )
    assert re.search(r" heroku\[router\]: at=info code=H80 desc=\"Maintenance mode\"", log)
    assert " app[web.1]: " in log
    assert " heroku[web.1]: State changed from starting to up\n" in log
    assert " app[api]: Set GREETING config vars by user " in log
    assert "Salut" not in log


def _text(book: Book, name: str) -> str:
    return (book.root / name).read_text(encoding="utf-8")
