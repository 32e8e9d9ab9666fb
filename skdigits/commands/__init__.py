"""What does the command `skdigits` do? A room for each larger part, and what all share."""

from skdigits.commands.cli import main

__all__ = [
    "main",
]
