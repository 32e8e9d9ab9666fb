"""HTML pages that are one file: their parts beside the code, and a policy that keeps them alone."""

import base64
import hashlib
import json
from importlib.resources import files


def asset(name):
    """The text of a file beside the package's code."""
    return (files("skdigits") / "assets" / name).read_text(encoding="utf-8")


def as_json(data):
    """JSON that may stand in a script element, whatever strings it holds."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def filled(template, *, style, script, **parts):
    """A template with its parts, and a policy that allows this style and this script alone."""
    digests = {
        name: base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        for name, content in (("style", style), ("script", script))
    }
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digests['style']}'; "
        f"script-src 'sha256-{digests['script']}'; base-uri 'none'; form-action 'none'"
    )
    before, *rest = template.split("{{")
    page = [before]
    parts |= {"style": style, "script": script, "policy": policy}
    for piece in rest:
        name, _, text = piece.partition("}}")
        page += [parts[name], text]
    return "".join(page)
