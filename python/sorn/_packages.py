"""Which of the optional packages can be imported, for ``sorn doctor``."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import io
import platform
import re
import sys
import warnings

from . import _core

_NOT_FOR_USERS = {"docs", "lint", "test"}
_MODULES = {"scikit-learn": "sklearn"}


def _optional() -> list[str]:
    """The packages of the extras for users, each once, and NumPy first."""
    found: dict[str, None] = {"numpy": None}
    for requirement in importlib.metadata.requires("sorn") or ():
        name = re.match(r"[A-Za-z0-9._-]+", requirement)
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", requirement)
        older = re.search(r"python_version < ['\"](\d+)\.(\d+)['\"]", requirement)
        needed = older is None or sys.version_info < (int(older[1]), int(older[2]))
        if needed and name and name[0] != "sorn" and extra and extra[1] not in _NOT_FOR_USERS:
            found[name[0]] = None
    return list(found)


def _examined(name: str) -> dict[str, str | None]:
    """Import a package. A package that is installed may still be broken."""
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            importlib.import_module(_MODULES.get(name, name))
        return {"version": importlib.metadata.version(name), "problem": None}
    except Exception as error:
        return {"version": None, "problem": f"{type(error).__name__}: {error}"}


def document() -> dict[str, object]:
    """Python, this package and the optional ones."""
    try:
        packages = {name: _examined(name) for name in _optional()}
    except importlib.metadata.PackageNotFoundError:  # not installed, only on the path
        packages = {}
    return {
        "python": platform.python_version(),
        "program": sys.executable,
        "sorn": _core.version,
        "packages": packages,
    }
