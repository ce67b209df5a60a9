"""Says so if files of the pure-Python package of the same name lie in this package's folder.

That is so where one was installed over the other. The one that was installed last then has its ``__init__.py`` there,
and each may run modules of the other. The modules that both have are folders here and files there, and Python looks for
folders first. So this package's run in either case, and can tell.
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
    """Warn if modules of the other package lie beside `init`, this package's __init__.py."""
    folder = os.path.dirname(init)
    foreign = [f"{name}.py" for name in _MODULES if os.path.exists(os.path.join(folder, f"{name}.py"))]
    if foreign:
        warnings.warn(
            f"{folder} holds files of another package named sorn, too: {', '.join(foreign)}. {_ADVICE}.", stacklevel=3
        )


# The other package's __init__.py imports the module `sorn` first of all, and that imports this one. Our own imports the
# engine before.
if f"{__package__}._core" not in sys.modules:
    raise ImportError(
        f"{os.path.dirname(__file__)} holds files of two packages named sorn, and the other one's __init__.py runs. "
        f"{_ADVICE}."
    )
