"""What pages load beside themselves: our style sheet, our scripts, and the JavaScript bundle that draws charts.

Addresses carry a mark of their content, so a browser keeps them for good and still sees a new version at once.
The bundle comes out of vl-convert. Making it takes two seconds of processor time without letting other threads
run, so a process of its own makes it, once.
"""

import gzip
import hashlib
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Annotated

from fastapi import Query, Request, Response

from api.pages.texts import say
from api.problems import NotFound
from api.routing import Router

FOLDER = Path(__file__).parent / "static"
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
CHART_BUNDLE = "vega.js"
_MAKE_BUNDLE = (
    "import sys, vl_convert; sys.stdout.buffer.write(vl_convert.javascript_bundle().encode())"  # no input from outside
)

router = Router(include_in_schema=False)
_one_at_a_time = Lock()


@cache
def address_of(name: str) -> str:
    """The address of a static file."""
    content = version("vl-convert-python").encode() if name == CHART_BUNDLE else (FOLDER / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


@cache
def _content(name: str) -> tuple[bytes, bytes]:
    """The file, plain and compressed."""
    if name == CHART_BUNDLE:
        made = subprocess.run([sys.executable, "-c", _MAKE_BUNDLE], capture_output=True, check=True)  # noqa: S603
        plain = made.stdout
    else:
        plain = (FOLDER / name).read_bytes()
    return plain, gzip.compress(plain)


@router.get("/static/{name}")
def static_file(name: str, request: Request, v: Annotated[str, Query(max_length=64)] = "") -> Response:
    """A file of the pages, compressed where the browser takes it; each version has an address of its own."""
    known = {path.name for path in FOLDER.iterdir()} | {CHART_BUNDLE}
    if name not in known:
        raise NotFound(say("problem.no_file", name=name))
    with _one_at_a_time:
        plain, compressed = _content(name)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    takes_gzip = "gzip" in request.headers.get("accept-encoding", "")
    if takes_gzip:
        headers["Content-Encoding"] = "gzip"
    return Response(compressed if takes_gzip else plain, media_type=KINDS[Path(name).suffix], headers=headers)
