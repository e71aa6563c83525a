"""What a program shows, beside what it prints: display(), figures of matplotlib, values that have a form
for people (IPython's display protocol)."""

import base64
import itertools
import json
import sys

from _v8py_host import ask

MAX_PART = 512 * 1024
# What one bundle may hold; more is shown as text alone.
MAX_BUNDLE = 8 << 20

METHODS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
    "_repr_pdf_": "application/pdf",
    "_repr_json_": "application/json",
    "_repr_latex_": "text/latex",
}

_numbers = itertools.count()
_state = {"wanted": False}


def begin(wanted):
    """A program begins; wanted: whether anybody looks at what it shows."""
    global _numbers
    _numbers = itertools.count()
    _state["wanted"] = wanted


def bundle(value):
    """MIME type → text or bytes, by _repr_mimebundle_, then _repr_html_ and its like."""
    found = {}
    kind = type(value)
    try:
        if hasattr(kind, "_repr_mimebundle_"):
            made = value._repr_mimebundle_()
            found.update(made[0] if isinstance(made, tuple) else made or {})
        for method, mime in METHODS.items():
            if mime not in found and hasattr(kind, method):
                found[mime] = getattr(value, method)()
    except Exception:
        pass
    return {str(mime): made for mime, item in found.items() if (made := _plain(item)) is not None}


def _plain(item):
    if isinstance(item, tuple):  # with metadata
        item = item[0]
    if item is None or isinstance(item, (str, bytes)):
        return item
    try:
        return json.dumps(item)
    except (TypeError, ValueError):
        return None


def display(*values, csv=False, **unused):
    """Shows values: as a program's host can show them, or else printed.

    csv: of tables (DataFrames) all rows as well, as text/csv; what is shown of them usually is the
    beginning and the end.
    """
    for value in values:
        made = bundle(value)
        to_csv = getattr(type(value), "to_csv", None) or getattr(type(value), "write_csv", None)
        if csv and to_csv:
            made["text/csv"] = to_csv(value)
        if _state["wanted"]:
            show(made | {"text/plain": repr(value)})
        else:
            print(value if isinstance(value, str) else repr(value))


def show(made):
    """Gives a bundle to the host; of one that is too large its text."""
    size = sum(map(len, made.values()))
    if size > MAX_BUNDLE:
        made = {"text/plain": made.get("text/plain", "")[:100_000]}
    number = next(_numbers)
    try:
        for mime, content in made.items():
            data = content.encode("utf-8", "replace") if isinstance(content, str) else content
            if mime.startswith("image/") and mime != "image/svg+xml" and isinstance(content, str):
                data = base64.b64decode(content)  # as notebooks have it
            for at in range(0, max(len(data), 1), MAX_PART):
                ask("out.display", [number, mime], data[at : at + MAX_PART])
    except OSError as error:
        print(f"v8py: this was not shown: {error.strerror}", file=sys.stderr)


def show_figures():
    """Shows the figures of matplotlib that are open, and closes them."""
    import io

    pyplot = sys.modules["matplotlib.pyplot"]
    for number in pyplot.get_fignums():
        figure = pyplot.figure(number)
        if figure.get_axes() or figure.texts or figure.images:
            out = io.BytesIO()
            figure.savefig(out, format="png", bbox_inches="tight")
            show({"image/png": out.getvalue(), "text/plain": repr(figure)})
        pyplot.close(figure)


def end():
    """The program has ended: what it has left open is shown."""
    if _state["wanted"] and "matplotlib.pyplot" in sys.modules:
        show_figures()
