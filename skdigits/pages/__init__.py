"""What pages are there? One to draw on, and the report: each HTML in one file, out of `assets/`."""

from skdigits.pages.draw_page import ink_of, make_draw_page, working_steps
from skdigits.pages.report import make_report

__all__ = [
    "ink_of",
    "make_draw_page",
    "make_report",
    "working_steps",
]
