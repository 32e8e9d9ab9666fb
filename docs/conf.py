"""The site: `python -m sphinx -W --keep-going docs docs/_build/html`. Nothing is fetched."""

import os
import re
import subprocess
import sys

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml

import skdigits

os.environ["MPLBACKEND"] = "Agg"

project = "skdigits"
copyright = "the skdigits developers"
release = skdigits.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "examples"]
templates_path = ["_templates"]
default_role = "py:obj"

myst_enable_extensions = ["colon_fence", "dollarmath", "html_image"]
myst_heading_anchors = 3
smartquotes = False
highlight_language = "none"  # blocks without a language are output, as a rule

autodoc_member_order = "bysource"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False  # the template of classes lists them

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "auto_examples",
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("skdigits",),
    "within_subsection_order": "FileNameSortKey",
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
}

html_theme = "pydata_sphinx_theme"
html_title = "skdigits"
html_math_renderer = "mathml"
html_context = {"default_mode": "auto"}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/favicon.svg"
html_js_files = ["site.js"]
html_show_sourcelink = False
html_sidebars = {"index": [], "getting_started": [], "benchmarks": [], "changelog": []}
html_theme_options = {
    "header_links_before_dropdown": 5,
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
}

# Links of the Markdown pages that lead elsewhere in the repository than in the site.
LINKS = {
    r"\]\(\.\./benchmarks/README\.md": "](benchmarks.md",
    r"\]\(examples/README\.rst": "](auto_examples/index.rst",
    r"\]\(examples/(plot_\w+)\.py": r"](auto_examples/\1.rst",
}


def make_draw_page(app):
    """Make the page to draw on that the start page shows, with our own command."""
    if app.builder.format == "html":
        app.outdir.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "skdigits", "draw", "--out", app.outdir / "draw.html"]
        subprocess.run([*command, "--json"], check=True, stdout=subprocess.DEVNULL)


def turn_links(app, name, source):
    """Links as the site has them."""
    for link, ours in LINKS.items():
        source[0] = re.sub(link, ours, source[0])


def skip_what_is_inherited(app, what, name, obj, skip, options):
    """Leave methods and properties of scikit-learn's base classes to its own reference."""
    obj = getattr(obj, "fget", obj)
    return True if str(getattr(obj, "__module__", "")).startswith("sklearn") else None


def drop_terms(app, what, name, obj, options, lines):
    """Terms of scikit-learn's glossary, which its properties bring along, as words."""
    lines[:] = [re.sub(r":term:`(.*?)`", r"\1", line) for line in lines]


def write_formula(self, node):
    """A formula in MathML, which browsers show without a script."""
    display = node.tagname == "math_block"
    formula = str(tex2mathml(node.astext(), as_block=display))
    self.body.append(f'<div class="formula">{formula}</div>' if display else formula)
    raise SkipNode


def setup(app):
    """Register the above."""
    app.connect("builder-inited", make_draw_page)
    app.connect("source-read", turn_links)
    app.connect("autodoc-skip-member", skip_what_is_inherited)
    app.connect("autodoc-process-docstring", drop_terms, priority=900)  # after numpydoc
    app.add_html_math_renderer("mathml", (write_formula, None), (write_formula, None))
