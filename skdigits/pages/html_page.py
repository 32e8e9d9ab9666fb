"""HTML pages that are one file: their parts beside the code, and a policy that keeps them alone."""

import base64
import hashlib
import html
import io
import json
from importlib.resources import files

PER_INCH = 144  # pixels of a picture: sharp on a telephone


def asset(name):
    """The text of a file beside the package's code."""
    return (files("skdigits.pages") / "assets" / name).read_text(encoding="utf-8")


def as_json(data):
    """JSON that may stand in a script element, whatever strings it holds."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def filled(template, *, style, script="", **parts):
    """A template with its parts, and a policy that allows this style and this script alone."""
    policy = (
        f"default-src 'none'; img-src data:; style-src {_source(style)}; "
        f"script-src {_source(script) if script else repr('none')}; "
        "base-uri 'none'; form-action 'none'"
    )
    parts |= {"style": style, "script": script, "policy": policy}
    before, *rest = template.split("{{")
    page = [before]
    for piece in rest:
        name, _, text = piece.partition("}}")
        page += [parts[name], text]
    # File names may hold bytes that are no text.
    return "".join(page).encode("utf-8", "replace").decode("utf-8")


def _source(content):
    """A policy's word for this style or script and no other."""
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def picture(figure, alt):
    """An element that holds a figure of matplotlib's."""
    file = io.BytesIO()
    figure.savefig(file, dpi=PER_INCH, metadata={"Software": None})
    width = round(figure.get_figwidth() * 96)  # CSS pixels
    return f'<img src="{_address(file)}" width="{width}" alt="{html.escape(alt)}">'


def tiles(images, captions, highest, lowest=0.0, cmap="gray_r"):
    """Images, a pixel a pixel, each above its caption, in a grid that fits any width."""
    from matplotlib.image import imsave

    figures = []
    for image, caption in zip(images, captions, strict=True):
        file = io.BytesIO()
        imsave(file, image, cmap=cmap, vmin=lowest, vmax=highest, metadata={"Software": None})
        figures.append(
            f'<figure><img class="pixels" src="{_address(file)}" alt="">'
            f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        )
    return f'<div class="tiles">{"".join(figures)}</div>'


def _address(file):
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def table(rows, header=()):
    """A table; all texts may hold anything."""
    head = "".join(f'<th scope="col">{html.escape(str(cell))}</th>' for cell in header)
    body = "".join(
        f'<tr><th scope="row">{html.escape(str(first))}</th>'
        + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        f"<table>{f'<thead><tr>{head}</tr></thead>' if header else ''}<tbody>{body}</tbody></table>"
    )
