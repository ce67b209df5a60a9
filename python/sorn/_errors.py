"""The exceptions of this package. Each also derives from a built-in exception, so that ``except ValueError`` works."""

from __future__ import annotations

from . import _core


class SornError(Exception):
    """The base class of all errors that this package raises on purpose.

    Attributes
    ----------
    subject : str
        What is wrong, with its value: ``"te_max = nan"``.
    rule : str
        The rule that it breaks.
    suggestion : str
        What to do about it. May be empty.
    """

    subject: str
    rule: str
    suggestion: str

    def __init__(self, subject: str, rule: str = "", suggestion: str = "") -> None:
        # The texts often quote user input, which must not send control characters to the terminal.
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
    """There is no phase, plasticity rule, quantity … of this name."""


class UnknownKeywordError(UnknownNameError, TypeError):
    """A call does not have this keyword argument."""


class ShapeError(SornError, ValueError):
    """An array does not have the shape that the network or the call needs."""


class StateError(SornError, ValueError):
    """A network state or an input holds an invalid value: NaN, a negative weight, a self-connection …"""


class RuleError(SornError, RuntimeError):
    """A plasticity rule of a user's own has broken a promise, such as that no weight is below 0."""


class ParallelError(SornError, RuntimeError):
    """Threads or processes cannot work together in the requested way."""


class IoError(SornError, OSError):
    """The operating system could not read or write a file."""


class FormatError(SornError, OSError, ValueError):
    """A file can be read but has the wrong content: it is truncated, of another format, or of another version."""
