"""Functions for the sides of compare_peers.py. A side is a script that measures once for every line that it reads."""

import contextlib
import io
import json
import platform
import sys
import time
from collections.abc import Callable
from importlib.metadata import version


def seconds(call: Callable[[], object]) -> float:
    """Processor time of a call on one thread, which excludes other processes. Brian2 reports the same time."""
    begin = time.process_time()
    call()
    return time.process_time() - begin


def versions(*packages: str) -> dict[str, str]:
    return {"Python": platform.python_version(), **{name: version(name) for name in packages}}


def serve(measure: Callable[[], dict[str, object]]) -> None:
    """Prints "ready", then the result of `measure` for every line that it reads, as lines of JSON.

    Other output of `measure` is discarded.
    """
    print(json.dumps("ready"), flush=True)
    for _ in sys.stdin:
        with contextlib.redirect_stdout(io.StringIO()):
            figures = measure()
        print(json.dumps(figures), flush=True)
