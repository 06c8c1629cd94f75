from equipoise import __version__

project = "Equipoise"
author = "The Equipoise authors"
copyright = "The Equipoise authors"
version = release = __version__
language = "en-GB"

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
myst_enable_extensions = ["dollarmath", "deflist", "colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

autodoc_typehints = "none"
numpydoc_show_class_members = False

html_theme = "furo"
html_title = f"Equipoise {__version__}"
# MathJax is fetched by the reader's browser when it is online; the build needs no network.
