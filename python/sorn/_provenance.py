"""The origin of result files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Provenance:
    """The origin of a result file.

    Values that a file does not hold are None. Files of earlier versions hold only version and inputs. If
    SOURCE_DATE_EPOCH was set in the environment, a file has no host and no command line. Texts have no control
    characters and at most 4096 bytes.
    """

    date: str | None
    """The time at which the run began or the file was saved, in UTC, such as ``"2026-11-28T19:51:32Z"``."""
    version: str
    """The version of sorn that wrote the file."""
    host: str | None
    """The name of the machine."""
    command: str | None
    """The command line of the process, quoted for a shell."""
    inputs: str
    """The source of the inputs, which is the name of a file, ``"array"`` for an array in Python, the kind of a source
    (``"counting"``), or ``"none"``."""
    inputs_shape: tuple[int, int] | None
    """(nu, T) of the inputs."""
    inputs_sha256: str | None
    """SHA-256 of the inputs, which is ``hashlib.sha256(np.ascontiguousarray(inputs.T, "<f8")).hexdigest()``."""
