"""Where result files come from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Provenance:
    """Where a result file comes from.

    What a file does not say is None: files of earlier versions say nothing but version and inputs, and with
    SOURCE_DATE_EPOCH in the environment host and command line are left out. Texts have no control characters and at
    most 4096 bytes.
    """

    date: str | None
    """When the run began, or the file was saved, in UTC, such as ``"2026-11-28T19:51:32Z"``."""
    version: str
    """The version of sorn that wrote the file."""
    host: str | None
    """The name of the machine."""
    command: str | None
    """The command line of the process, quoted for a shell."""
    inputs: str
    """Where the inputs came from, which is the name of a file, ``"array"`` for an array of Python's, or ``"none"``."""
    inputs_shape: tuple[int, int] | None
    """(nu, T) of the inputs."""
    inputs_sha256: str | None
    """SHA-256 of the inputs, as ``hashlib.sha256(np.ascontiguousarray(inputs.T, "<f8")).hexdigest()`` gives it."""
