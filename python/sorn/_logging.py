"""The package's logger, and the three lines about a new network."""

from __future__ import annotations

import logging
import sys

from . import _core

_log = logging.getLogger("sorn")


class _StandardError(logging.Handler):
    """Writes to standard error, wherever that leads by then, for an application that has not configured logging."""

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr is None or _application_logs():
            return
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


# It is no handler of the logger: the logger's level stays the application's, and at the usual one the lines would not
# reach it.
_standard_error = _StandardError()


def _application_logs() -> bool:
    """Whether anybody has configured logging, and so decided where records go or do not go."""
    root = logging.getLogger()
    return bool(
        root.handlers
        or _log.handlers
        or root.level != logging.WARNING
        or _log.level != logging.NOTSET
        or _log.filters
        or _log.disabled
        or not _log.propagate
        or _log.manager.disable
    )


def log_new_network(network: _core.Network, shapes: dict[str, tuple[int, int]], *, show: bool) -> None:
    """Log a network that was built; `show` it where nobody has configured logging."""
    enabled = _log.isEnabledFor(logging.INFO)
    if not enabled and (not show or _application_logs()):
        return
    ee, ei, ie = network.connection_counts
    lines = (
        "Network Initialized",
        f"Number of connections in Wee {ee} , Wei {ei}, Wie {ie}",
        f"Shapes Wee {shapes['Wee']} Wei {shapes['Wei']} Wie {shapes['Wie']}",
    )
    for line in lines:
        if enabled:
            _log.info(line)
        else:
            _standard_error.handle(_log.makeRecord(_log.name, logging.INFO, __file__, 0, line, (), None))
