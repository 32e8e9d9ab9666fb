"""Draw the house, `docs/images/house.svg`, by its rules in `tests/house.py`.

Run as ``python docs/draw_house.py``. Floors stand one above another; on each, a room stands above
all rooms that it imports, and lines lead down to them. A line that passes a layer of rooms has a
place of its own there.
"""

import ast
import html
import sys
import textwrap
from itertools import combinations, pairwise, product
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from house import FOLDERS, ROOMS  # noqa: E402

PICTURE = ROOT / "docs" / "images" / "house.svg"
WIDTH, MARGIN, LETTER = 480, 16, 8.2  # of a room's name, in pixels, with some to spare
ROOM, LAYER, GAP = 28, 58, 12  # height of a room, from layer to layer, between rooms
INNER = WIDTH - 4 * MARGIN  # between a floor's walls, with room to spare
NAMES = {"__init__": "skdigits", "__main__": "python -m skdigits"}
STYLE = """
svg { --wall: #fff; --edge: #c4ccd6; --room: #e4eefb; --ink: #1a1a1a; --soft: #505a66 }
svg { --line: #0072b2 }
@media (prefers-color-scheme: dark) {
svg { --wall: #1c2128; --edge: #444c56; --room: #26384e; --ink: #f0f3f6; --soft: #b1bac4 }
svg { --line: #6cb6ff }
}
text { font: 14px system-ui, sans-serif; fill: var(--ink) }
.floor { fill: var(--wall); stroke: var(--edge) }
.name { font-size: 17px; font-weight: 600 }
.soft { fill: var(--soft) }
.room { fill: var(--room) }
.middle { text-anchor: middle }
.line { fill: none; stroke: var(--line); stroke-width: 1.5 }
"""


def question(floor):
    """What a floor is for, in the words of its docstring: its question, or its first line."""
    file = ROOT / "skdigits" / (f"{floor}/__init__.py" if floor in ROOMS else f"{floor}.py")
    line = ast.get_docstring(ast.parse(file.read_text())).splitlines()[0]
    return (line.partition("?")[0] + "?" if "?" in line else line).replace("`", "")


def width(node):
    """Of a room, by its name; of a line that passes."""
    return 4 if isinstance(node, tuple) else LETTER * len(node) + 18


def layers_of(rooms):
    """(layers of rooms and of lines that pass, lowest first; links between neighbours).

    A line that passes is (the room that it leads to, the layer); several rooms may share it.
    """
    depth, layers = {}, [[] for _ in rooms]
    for room, doors in rooms.items():
        k = 1 + max((depth[door] for door in doors), default=-1)
        while sum(width(other) + GAP for other in layers[k]) + width(room) > INNER:
            k += 1
        depth[room] = k
        layers[k].append(room)
    layers = [layer for layer in layers if layer]
    links = []
    for target in rooms:
        users = [room for room in rooms if target in rooms[room]]
        passed = range(depth[target] + 1, max((depth[user] for user in users), default=0))
        trunk = [target, *((target, k) for k in passed)]
        for k in passed:
            layers[k].append((target, k))
        links += pairwise(trunk)
        links += [(trunk[depth[user] - depth[target] - 1], user) for user in users]
    return layers, links


def crossings(layers, links):
    """How often lines cross."""
    place = {node: k for layer in layers for k, node in enumerate(layer)}
    level = {node: k for k, layer in enumerate(layers) for node in layer}
    return sum(
        level[a] == level[c] and (place[a] - place[c]) * (place[b] - place[d]) < 0
        for (a, b), (c, d) in combinations(links, 2)
    )


def ordered(layers, links):
    """The layers with each node near the mean place of those it is linked to: few lines cross."""
    best = layers
    for sweep, side in product(range(12), (0, 1)):
        layers = [list(layer) for layer in layers]
        for layer in layers[:: 1 if side else -1]:
            place = {n: (k + 0.5) / len(row) for row in layers for k, n in enumerate(row)}
            near = {n: [link[1 - side] for link in links if link[side] == n] for n in layer}
            near = {n: [place[m] for m in near[n]] or [place[n]] for n in layer}
            mean = {n: sum(near[n]) / len(near[n]) for n in layer}
            layer.sort(key=lambda n: (mean[n], str(n) if sweep % 2 else ""))
        best = min(best, layers, key=lambda each: crossings(each, links))
    return best


def places(layers, links):
    """The middle of each node: near those it is linked to, in order, apart, within the walls."""
    x = {node: 0.0 for layer in layers for node in layer}
    for layer in [*layers, *layers[::-1]] * 8:
        near = {n: [x[b if a == n else a] for a, b in links if n in (a, b)] for n in layer}
        wanted = {n: sum(near[n]) / len(near[n]) if near[n] else x[n] for n in layer}
        x |= dict.fromkeys(layer, 0.0)
        for side in (1, -1):  # packed from the left, and from the right: half way is as far apart
            edge = -INNER / 2
            free = INNER - sum(width(n) + GAP for n in layer) + GAP
            for n in layer[::side]:
                start = max(edge, min(side * wanted[n] - width(n) / 2, edge + free))
                free -= start - edge
                edge = start + width(n) + GAP
                x[n] += side * (start + width(n) / 2) / 2
    return {node: WIDTH / 2 + at for node, at in x.items()}


def text(x, y, words, css=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{css}">{html.escape(words)}</text>'


def draw_rooms(rooms, bottom):
    """(parts of the picture, their height), above a bottom."""
    layers, links = layers_of(rooms)
    layers = ordered(layers, links)
    x = places(layers, links)
    y = {node: bottom - ROOM - k * LAYER for k, layer in enumerate(layers) for node in layer}
    parts = []
    for below, above in links:
        start, end = f"{x[below]:.0f} {y[below]}", f"{x[above]:.0f} {y[above] + ROOM}"
        bend = f"{x[below]:.0f} {y[below] - 16} {x[above]:.0f} {y[above] + ROOM + 16}"
        parts.append(f'<path class="line" d="M{start}C{bend} {end}"/>')
    for node, middle in x.items():
        if isinstance(node, tuple):
            parts.append(f'<path class="line" d="M{middle:.0f} {y[node]}v{ROOM}"/>')
        else:
            box = f'x="{middle - width(node) / 2:.0f}" y="{y[node]}" width="{width(node):.0f}"'
            parts.append(f'<rect class="room" {box} height="{ROOM}" rx="6"/>')
            parts.append(text(middle, y[node] + 19, node, "middle"))
    return parts, ROOM + (len(layers) - 1) * LAYER


def draw_floor(floor, bottom):
    """(parts of the picture, where the floor's wall ends), above a bottom."""
    doors = [NAMES.get(door, door) for door in FOLDERS if door in FOLDERS[floor]]
    words = [(line, "") for line in textwrap.wrap(question(floor), 62)]
    if doors:
        words += [
            (line, "soft") for line in textwrap.wrap("opens doors to " + ", ".join(doors), 62)
        ]
    rooms, height = draw_rooms(ROOMS[floor], bottom - MARGIN) if floor in ROOMS else ([], 0)
    top = bottom - height - 20 * len(words) - (66 if rooms else 44)
    name = NAMES.get(floor, floor) + ("/" if floor in ROOMS else "")
    wall = f'x="{MARGIN / 2}" y="{top}" width="{WIDTH - MARGIN}" height="{bottom - top}" rx="8"'
    parts = [f'<rect class="floor" {wall}/>', text(2 * MARGIN, top + 28, name, "name")]
    for k, (line, css) in enumerate(words):
        parts.append(text(2 * MARGIN, top + 50 + 20 * k, line, css))
    return parts + rooms, top


def picture():
    """The house as SVG, text."""
    parts, y = [], 0
    for floor in FOLDERS:
        of_floor, y = draw_floor(floor, y - 6)
        parts += of_floor
    roof = f"M{MARGIN / 2} {y - 6}L{WIDTH / 2} {y - 56}L{WIDTH - MARGIN / 2} {y - 6}Z"
    parts.append(f'<path class="floor" stroke-linejoin="round" d="{roof}"/>')
    box = f"0 {y - 64} {WIDTH} {70 - y}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{WIDTH}" role="img">'
    title = "<title>The folders of skdigits, lowest floor first, and their rooms</title>"
    return "\n".join([head, title, f"<style>{STYLE}</style>", *parts, "</svg>\n"])


if __name__ == "__main__":
    PICTURE.write_text(picture())
