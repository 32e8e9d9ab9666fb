"""Tables of numbers in text: separators, names of columns, and where a cell is wrong.

NumPy reads them a block of lines at a time, as bytes for as long as all cells are: so 42000 x 785
of them take 0.5 s, and little more memory than the pixels; fractions take 1.3 s, where blocks by
pandas took 2.3 s (`benchmarks/bench_loading.py`).
"""

import csv
import io
from functools import partial

import numpy as np

from skdigits.files import Unexpected

MAX_ROW = 2**20  # characters: images of 512 x 512
BLOCK = 2**20  # characters read at a time; as strings and tokens they take 40 times that
CELL = 4  # bytes, as float32
SPLITS = ("split", "set", "subset", "usage", "partition")
ADVICE = "fill or drop such rows first"
NUMBERS = (
    "pixels and labels must be numbers, labels 0 to 9; tables of other kinds are for Python "
    "(docs/tables.md)"
)


def read_table(path, stream, limit):
    """(names or None, values (n, columns), {name: texts (n,)} of columns that tell the split).

    stream is of bytes, limit the file's Limit.
    """
    lines = io.TextIOWrapper(stream, encoding="utf-8-sig", newline=None)
    try:
        return _read(path, lines, limit)
    except UnicodeDecodeError as error:
        raise Unexpected(path, "text in UTF-8", str(error)) from error
    except csv.Error as error:  # a cell longer than its limit
        raise Unexpected(path, "a table, an image a row", str(error)) from error
    finally:
        lines.detach()


def _read(path, lines, limit):
    at, head = 1, _next_lines(path, lines, 1)
    while head and not head[0].strip():
        at, head = at + 1, _next_lines(path, lines, 1)
    if not head:
        raise Unexpected(path, "a row an image", "none")
    second = _next_lines(path, lines, 1)
    while head[0].startswith("#") and second and not _is_of_names(head[0], second[0]):
        at, head, second = at + 1, second, _next_lines(path, lines, 1)  # a comment, no names
    commented = head[0].startswith("#")  # as numpy.savetxt writes names
    first = head[0].lstrip("# ") if commented else head[0]
    separator = _separator([first, *second])
    cells = _cells(first, separator)
    below = _cells(second[0], separator) if second else []
    names, block = None, [first, *second]
    if commented or _are_names(_cells(*_plain([first], separator), separator), below):
        names, block, at = cells, second, at + 1
    ended = block != [] and all(_is_ended(line, separator, names) for line in block)
    if ended:
        cells = cells[:-1] if cells[-1] == "" else cells
        names = names and cells
    texts = {k: [] for k, name in enumerate(names or []) if name.lower() in SPLITS}
    kept = [k for k in range(len(cells)) if k not in texts]
    reader = _Reader(path, separator, len(cells), kept, names)
    parts, n_values = [], 0
    while block := block + _next_lines(path, lines, BLOCK):
        block = _plain(block, separator, ended)
        values = reader.values(block, at)
        rows = [_cells(line, separator) for line in block if line.strip()] if texts else []
        if any(len(row) != len(cells) for row in rows):
            raise reader.wrong(block, at, "another number of columns")
        for k, of_column in texts.items():
            of_column += [row[k] for row in rows]
        at, block = at + len(block), []
        if len(values):
            parts.append(values)
            n_values += values.size
            limit.check("images", CELL * n_values)
    if not parts:
        raise Unexpected(path, "a row an image", f"only {head[0].strip()[:40]!r}")
    told = {names[k]: np.array(of_column) for k, of_column in texts.items()}
    return names and [names[k] for k in kept], np.concatenate(parts), told


def _is_of_names(commented, line):
    """Whether what is behind a # may be names of columns."""
    if line.startswith("#"):
        return False
    separator = _separator([line])
    return len(_cells(commented.lstrip("# "), separator)) == len(_cells(line, separator))


def _next_lines(path, lines, size):
    """The next lines, of so many characters and what ends the last."""
    block = []
    while size > 0 and (line := lines.readline(MAX_ROW)):
        if len(line) == MAX_ROW:
            raise Unexpected(path, f"rows of less than {MAX_ROW} characters", "a longer one")
        block.append(line)
        size -= len(line)
    return block


def _separator(lines):
    """What the cells of the lines are parted by: of all that it could be, what makes most numbers.

    None stands for any white space.
    """
    ways = [",", ";", "\t", None]
    last = lines[-1]
    return max(ways, key=lambda way: sum(map(_is_number, _cells(*_plain([last], way), way))))


def _is_ended(line, separator, names):
    """Whether a separator ends the line, as some programs write it, rather than begin a cell."""
    cells = _cells(line, separator)
    return cells[-1:] == [""] and not (names and len(names) == len(cells) and names[-1])


def _plain(lines, separator, ended=False):
    """Lines with points for decimal commas, and no separator at their ends."""
    if separator in (";", "\t"):
        lines = [line.replace(",", ".") for line in lines]
    if ended:
        lines = [line.rstrip(" \r\n").removesuffix(separator) + "\n" for line in lines]
    return lines


def _cells(line, separator):
    if separator is None:
        cells = line.split()
    else:
        cells = next(csv.reader([line.strip("\r\n")], delimiter=separator), [])
    return [cell.strip().strip('"') for cell in cells]


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _are_names(cells, below):
    """Whether cells are names of columns: text, or numbers that count the columns."""
    if any(cell and not _is_number(cell) for cell in cells):
        return True
    some = cells[1:] if cells[0] == "" else cells  # of an index, which pandas gives no name
    counted = [[str(k + start) for k in range(len(some))] for start in (0, 1)]
    return len(some) > 2 and some in counted and below not in counted


class _Reader:
    """Numbers of lines; the first that is none is told by its line and column."""

    def __init__(self, path, separator, n_columns, kept, names):
        self._path, self._separator, self._n_columns = path, separator, n_columns
        self._kept, self._names = kept, names
        self._usecols = kept if len(kept) < n_columns else None
        self._ways = [partial(self._numbers, np.uint8), partial(self._numbers, np.float32)]

    def values(self, lines, at):
        """Their numbers (rows, columns), uint8 or float32; the first is line at of the file."""
        text = "".join(lines)
        if not text.strip():
            return np.empty((0, len(self._kept)), np.uint8)
        while True:
            try:
                values = self._ways[0](text)
                break
            except (ValueError, OverflowError, TypeError) as error:
                if len(self._ways) == 1:
                    raise self.wrong(lines, at, str(error)) from error
                del self._ways[0]  # nor will what follows be bytes
        if values.shape[1] != len(self._kept) or np.isnan(values).any():
            raise self.wrong(lines, at, "another number of columns, or no numbers")
        return values

    def _numbers(self, dtype, text):
        return np.loadtxt(
            io.StringIO(text),
            dtype=dtype,
            delimiter=self._separator,
            quotechar='"',
            comments=None,
            ndmin=2,
            usecols=self._usecols,
        )

    def wrong(self, lines, at, otherwise):
        """The error for lines that hold something else."""
        for k, line in enumerate(lines):
            cells = _cells(line, self._separator)
            if not line.strip():
                continue
            if len(cells) != self._n_columns:
                found = f"{len(cells)} in line {at + k}"
                return Unexpected(self._path, f"{self._n_columns} cells a line", found)
            for column in self._kept:
                name = f" ({self._names[column]})" if self._names else ""
                where = f"in line {at + k}, column {column + 1}{name}"
                if not cells[column] or cells[column].lower() in ("nan", "na", "null", "?"):
                    found = f"a missing cell {where}; {ADVICE}"
                    return Unexpected(self._path, "a number in each cell", found)
                if not _is_number(cells[column]):
                    found = f"{cells[column][:40]!r} {where}; {NUMBERS}"
                    return Unexpected(self._path, "a number in each cell", found)
        return Unexpected(self._path, "rows of numbers", otherwise)
