"""How the documentation site is made; scripts/docs.sh runs it."""

import sys
from pathlib import Path

import sorn

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "sorn"
author = "the sorn developers"
copyright = author  # noqa: A001 - the name is Sphinx's
release = version = sorn.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "breathe",
    "myst_nb",
    "sphinx_copybutton",
    "sphinx_design",
    "complete",
    "mathml",
    "notebooks",
    "pictures",
]
exclude_patterns = ["_ext", "paper"]

# A name in the text that leads nowhere is a mistake, and scripts/docs.sh makes every warning an error.
nitpicky = True
nitpick_ignore_regex = [
    (r"py:.*", r"(numpy|matplotlib)\..*"),
    (r"cpp:.*", r"std(::.*)?|(std::)?u?int\d+_t|(std::)?(size_t|ptrdiff_t)"),
    (
        r"cpp:.*",
        r"sorn|(sorn::)?sources|sorn::(changes|criticality|readout|statistics|twins)|"
        r"(kernels|analysis|changes|criticality|readout|statistics|twins)(::.*)?",
    ),
    (r"cpp:.*", r"T|Word|Outcome|SynapseSlice|smallest_fitted_weight|sorn_rule"),
]

toc_object_entries_show_parents = "hide"

# --- pages -----------------------------------------------------------------------------------------------------------

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

nb_execution_mode = "cache"  # every page with code runs when the site is made: scripts/docs.sh empties the cache
nb_execution_cache_path = str(Path(__file__).parents[1] / "build/docs/executed")
nb_execution_show_tb = True  # a failing cell is a warning, hence an error, and says which one it was
nb_execution_in_temp = True
nb_execution_timeout = 300
nb_merge_streams = True
nb_render_image_options = {"alt": "the figure that the code above draws"}

# --- Python ----------------------------------------------------------------------------------------------------------

autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings tell types, shapes and ranges
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False

# --- C++ -------------------------------------------------------------------------------------------------------------

breathe_projects = {"sorn": str(Path(__file__).parents[1] / "build/docs/doxygen/xml")}
breathe_default_project = "sorn"
breathe_default_members = ("members", "undoc-members")
breathe_show_include = False

# --- how it looks ----------------------------------------------------------------------------------------------------

html_theme = "furo"
html_title = f"sorn {version}"
living_network = Path(__file__).parents[1] / "build/web/web/living_network.js"  # scripts/web.sh makes it
html_static_path = ["_static", *([str(living_network)] if living_network.exists() else [])]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
copybutton_exclude = ".linenos, .gp, .go"
