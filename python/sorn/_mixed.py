"""A warning for the case that files of the pure-Python package are in the folder of this package.

This happens if one package was installed over the other. Then the ``__init__.py`` is that of the package that was
installed last, and each package may run modules of the other. Modules that both packages have are folders in this
package and files in the other, and Python prefers folders. So in either case the modules of this package run, and can
warn.
"""

from __future__ import annotations

import os
import sys
import warnings

_MODULES = ("callbacks", "sorn", "utils")
_ADVICE = (
    "One was installed over the other. Delete the folder and both sorn-*.dist-info beside it, then install the one "
    "that you want"
)


def warn_of_other_package(init: str) -> None:
    """Warn if modules of the other package are beside `init`, the __init__.py of this package."""
    folder = os.path.dirname(init)
    foreign = [f"{name}.py" for name in _MODULES if os.path.exists(os.path.join(folder, f"{name}.py"))]
    if foreign:
        warnings.warn(
            f"{folder} holds files of another package named sorn, too: {', '.join(foreign)}. {_ADVICE}.", stacklevel=3
        )


# The __init__.py of the other package imports the module `sorn` first, which imports this module. The __init__.py of
# this package imports the engine earlier.
if f"{__package__}._core" not in sys.modules:
    raise ImportError(
        f"{os.path.dirname(__file__)} holds files of two packages named sorn, and the other one's __init__.py runs. "
        f"{_ADVICE}."
    )
