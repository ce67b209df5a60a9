"""The package's logger, and the three lines about a new network."""

from __future__ import annotations

import logging
import sys

from . import _core

_log = logging.getLogger("sorn")


class _StandardError(logging.Handler):
    """A handler that writes to the current standard error, for applications that have not configured logging."""

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr is None or _application_logs():
            return
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


# It is not added to the logger. The level of the logger belongs to the application, and the default level would hide
# the lines.
_standard_error = _StandardError()


def _application_logs() -> bool:
    """Whether the application has configured logging, and so decides where records go."""
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
    """Log that a network was built. With `show` the lines appear even if logging is not configured."""
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
