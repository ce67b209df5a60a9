"""The page that shows runs, and the server that gives it to the browsers of this machine."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import signal
import socketserver
import threading
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .._errors import IoError, ParameterError
from .watcher import Watcher

_BEAT_SECONDS = 1.0
_SILENT_SECONDS = 5.0
_LONGEST_ACT = 500
_ACTS = {"pause": None, "continue": None, "step": int, "freeze": str, "unfreeze": str, "noise": float}
"""The acts, and the type of their argument."""
_ARGUMENT = {"step": "steps", "freeze": "rule", "unfreeze": "rule", "noise": "sigma"}


class WatchServer(ThreadingHTTPServer):
    """Serves the page of some runs on the loopback only.

    Parameters
    ----------
    files
        The result files of the runs.
    port
        The port; 0: one that is free.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, files: Sequence[str], port: int = 0) -> None:
        paths = [os.path.realpath(file) for file in files]
        if len(set(paths)) < len(paths):
            raise ParameterError("a run is named twice", "each has one place on the page")
        self.token = secrets.token_urlsafe(24)
        self.watchers: list[Watcher] = []
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise IoError(f"--port {port}", error.strerror or str(error), "give another one, or 0") from None
        try:
            for file in files:
                self.watchers.append(Watcher(file))
        except BaseException:
            self.server_close()
            raise
        self.page = page([os.path.basename(file) for file in files])
        self._ended = threading.Event()
        self._beats = threading.Thread(target=self._beat, daemon=True)
        self._beats.start()

    def server_bind(self) -> None:
        """Like that of the base class, but without a look-up of names in the network."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing is printed: a browser may close a connection at any time."""

    @property
    def address(self) -> str:
        """The address of the page, with its secret word."""
        return f"http://127.0.0.1:{self.server_address[1]}/{self.token}/"

    def _beat(self) -> None:
        while True:
            for watcher in self.watchers:
                with contextlib.suppress(OSError):  # the disk may come back
                    watcher.beat()
            if self._ended.wait(_BEAT_SECONDS):
                return

    def server_close(self) -> None:
        """End watching: runs that are paused go on."""
        super().server_close()
        if hasattr(self, "_ended"):
            self._ended.set()
            self._beats.join()
        for watcher in self.watchers:
            watcher.end()
        self.watchers = []

    def frames(self, seen: Sequence[int]) -> dict[str, Any]:
        """The frames of all runs that are newer than the ones with the versions `seen`."""
        runs = []
        for number, watcher in enumerate(self.watchers):
            frame = watcher.frame()
            version = watcher.version
            is_new = number >= len(seen) or seen[number] != version
            silent = frame is not None and frame["state"] == "running" and _age(watcher) > _SILENT_SECONDS
            runs.append({"version": version, "silent": silent, "frame": frame if is_new else None})
        return {"runs": runs}


def _age(watcher: Watcher) -> float:
    try:
        return time.time() - (watcher.folder / "frame").stat().st_mtime
    except OSError:
        return 0.0


class _Handler(BaseHTTPRequestHandler):
    server: WatchServer
    protocol_version = "HTTP/1.1"
    server_version = "sorn"
    sys_version = ""
    timeout = 30

    def log_message(self, *_: object) -> None:
        """Nothing is printed: an address holds the secret word."""

    def do_GET(self) -> None:
        path = self._path()
        if path == "":
            self._answer(HTTPStatus.OK, "text/html; charset=utf-8", self.server.page.content, self.server.page.policy)
        elif path == "frames":
            numbers = parse_qs(urlsplit(self.path).query).get("seen", [""])[0].split(",")
            seen = [int(number) if number.isascii() and number.isdecimal() else -1 for number in numbers]
            self._json(self.server.frames(seen))
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        if self._path() != "acts":
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        length = self.headers.get("Content-Length", "")
        if self.headers.get_content_type() != "application/json" or not length.isdecimal():
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        if int(length) > _LONGEST_ACT:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        try:
            run, act = _act(json.loads(self.rfile.read(int(length))), len(self.server.watchers))
        except ValueError as error:
            self._json({"problem": str(error)}, HTTPStatus.BAD_REQUEST)
            return
        try:
            self._json({"n": self.server.watchers[run].ask(act)})
        except OSError as error:
            self._json({"problem": error.strerror or str(error)}, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _path(self) -> str | None:
        """The path after the secret word; None: the word is missing or wrong."""
        word, slash, path = urlsplit(self.path).path.removeprefix("/").partition("/")
        right = hmac.compare_digest(word.encode(errors="replace"), self.server.token.encode())
        return path if right and slash else None

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True  # a body may follow that nobody reads
        self._answer(status, "text/plain; charset=utf-8", f"{status.value} {status.phrase}\n".encode())

    def _json(self, document: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._answer(status, "application/json", json.dumps(document, separators=(",", ":")).encode())

    def _answer(self, status: HTTPStatus, kind: str, content: bytes, policy: str = "default-src 'none'") -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(content))),
            ("Content-Security-Policy", policy),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def _act(document: Any, runs: int) -> tuple[int, dict[str, Any]]:
    """The number of the run and the act of a request. The run itself checks whether the act is possible."""
    if not isinstance(document, dict):
        raise ValueError("an act is an object")
    run, name = document.pop("run", None), document.get("act")
    if type(run) is not int or not 0 <= run < runs:
        raise ValueError(f"run must be a number from 0 to {runs - 1}")
    if not isinstance(name, str) or name not in _ACTS:
        raise ValueError(f"act must be one of {', '.join(_ACTS)}")
    wanted = {"act"} | ({_ARGUMENT[name]} if name in _ARGUMENT else set())
    if set(document) != wanted:
        raise ValueError(f"'{name}' has the keys {', '.join(sorted(wanted))}")
    if name in _ARGUMENT:
        value, kind = document[_ARGUMENT[name]], _ACTS[name]
        allowed = (int, float) if kind is float else (kind,)
        if type(value) not in allowed:
            raise ValueError(f"{_ARGUMENT[name]} has a wrong type")
    return run, document


class Page:
    """The page as bytes, and its content security policy."""

    def __init__(self, content: bytes, policy: str) -> None:
        self.content = content
        self.policy = policy


def page(names: Sequence[str]) -> Page:
    """The page for runs with these names. It is whole: it asks for nothing but frames."""
    script = _part("page.js")
    # "<" cannot appear in this JSON, so that no name can end the element that holds it.
    data = json.dumps(list(names)).replace("<", "\\u003c")
    style = resources.files("sorn._report").joinpath("page.css").read_text(encoding="utf-8") + _part("page.css")
    html = _part("page.html").replace("{{ style }}", style).replace("{{ script }}", script).replace("{{ names }}", data)
    word = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{word}'; style-src 'unsafe-inline'; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Page(html.encode(errors="replace"), policy)


def _part(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def watch(files: Sequence[str], port: int, say: Callable[[str], None]) -> None:
    """Serve the page of some runs until a signal comes."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with WatchServer(files, port) as server:
        served = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        served.start()
        print(server.address, flush=True)
        say("open this address in a browser on this machine; Ctrl-C ends watching, and the runs go on")
        for file in files:
            if not any(Path(f"{file}{end}").exists() for end in ("", ".partial")):
                say(f"{file}: no such run yet, or one without checkpoints; it is shown as soon as it goes on")
        while not stop.wait(0.5):
            pass
        server.shutdown()
        served.join()
