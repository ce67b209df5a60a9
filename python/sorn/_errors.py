"""The exceptions of this package. Each is also the built-in exception that fits, so ``except ValueError`` works."""

from __future__ import annotations

from . import _core


class SornError(Exception):
    """Base of every error that this package raises on purpose.

    Attributes
    ----------
    subject : str
        What was wrong, with its value: ``"te_max = nan"``.
    rule : str
        What would have been right.
    suggestion : str
        What to do about it; may be empty.
    """

    subject: str
    rule: str
    suggestion: str

    def __init__(self, subject: str, rule: str = "", suggestion: str = "") -> None:
        # What is wrong is often quoted, and must not steer the terminal that shows it.
        subject, rule, suggestion = _core.printable(subject), _core.printable(rule), _core.printable(suggestion)
        message = subject
        if rule:
            message += f": {rule}"
        if suggestion:
            message += f"; {suggestion}"
        super().__init__(message)
        self.subject = subject
        self.rule = rule
        self.suggestion = suggestion


class ParameterError(SornError, ValueError):
    """A hyperparameter or an option has a value outside its range."""


class UnknownNameError(ParameterError):
    """A phase, a plasticity rule, a recordable quantity … of this name does not exist."""


class UnknownKeywordError(UnknownNameError, TypeError):
    """A call got a keyword argument that it does not have."""


class ShapeError(SornError, ValueError):
    """An array has another shape than the network or the call needs."""


class StateError(SornError, ValueError):
    """A network state or an input holds something that it must not: NaN, a negative weight, a self-connection …"""


class ParallelError(SornError, RuntimeError):
    """Threads or processes cannot work together as asked."""


class IoError(SornError, OSError):
    """The operating system refused to read or to write a file."""


class FormatError(SornError, OSError, ValueError):
    """A file could be read but is not what it should be: truncated, foreign, or of another version."""
