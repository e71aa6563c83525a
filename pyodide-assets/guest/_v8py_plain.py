"""A value of any type as JSON text, by the rules of pydantic_core.to_json(value, indent=2): what
mcp-run-python gave its clients.

Beyond JSON it writes NaN and Infinity; arrays of NumPy are lists, and what no rule names is its repr().
"""

import dataclasses
import datetime
import json
import sys
from collections import deque
from collections.abc import Iterator

MAX_DEPTH = 200  # pydantic's own is 255

_quote = json.JSONEncoder(ensure_ascii=False).encode


def plain(value, most):
    """The text; None where there is none: a cycle, bytes that are no UTF-8, more than `most` characters."""
    try:
        text = _Writer(most).write(value, 0)
        text.encode()
    except (ValueError, RecursionError, _TooLong):
        return None
    return text


class _TooLong(Exception):
    pass


class _Writer:
    def __init__(self, most):
        self.left = most
        self.open = set()

    def write(self, value, depth):
        scalar = _scalar(value)
        if scalar is None:
            return self.container(value, depth)
        self.left -= len(scalar)
        if self.left < 0:
            raise _TooLong
        return scalar

    def container(self, value, depth):
        if depth >= MAX_DEPTH or id(value) in self.open:
            raise ValueError("nested too deep")
        self.open.add(id(value))
        try:
            if isinstance(value, dict):
                return self.members(value.items(), depth)
            if isinstance(value, (list, tuple, set, frozenset, deque, Iterator)):
                return self.items(value, depth)
            if dataclasses.is_dataclass(value) and not isinstance(value, type):
                fields = [field.name for field in dataclasses.fields(value)]
                return self.members(((name, getattr(value, name)) for name in fields), depth)
            return self.write(_other(value), depth)
        finally:
            self.open.discard(id(value))

    def items(self, items, depth):
        return self.lines("[]", (self.write(item, depth + 1) for item in items), depth)

    def members(self, members, depth):
        pairs = (f"{_quote(_key(name))}: {self.write(item, depth + 1)}" for name, item in members)
        return self.lines("{}", pairs, depth)

    def lines(self, brackets, lines, depth):
        indent = "\n" + "  " * (depth + 1)
        made = []
        for line in lines:
            self.left -= len(indent)
            made.append(line)
        return brackets[0] + indent + ("," + indent).join(made) + indent[:-2] + brackets[1] if made else brackets


def _scalar(value):
    """The JSON text of what has no parts; None: it has."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return _number(float(value))
    text = _text(value)
    return None if text is None else _quote(text)


def _is_enum(value):
    return "enum" in sys.modules and isinstance(value, sys.modules["enum"].Enum)


def _number(value):
    if value != value or value in (float("inf"), float("-inf")):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    text = repr(value)
    digits, _, exponent = text.partition("e-")
    if not exponent:
        return text
    if int(exponent) > 5:
        return f"{digits}e-{int(exponent)}"
    sign = "-" if digits[0] == "-" else ""
    return f"{sign}0.{'0' * (int(exponent) - 1)}{digits.strip('-').replace('.', '')}"


def _text(value):
    """What is text in JSON; None: it is not."""
    if _is_enum(value):
        return None
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return value.decode()
    if isinstance(value, datetime.datetime):
        return _zone(value.isoformat())
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return _zone(value.isoformat())
    if isinstance(value, datetime.timedelta):
        return _duration(value)
    if isinstance(value, complex):
        return f"{value.imag:g}j" if value.real == 0 else str(value).strip("()")
    # Of modules that a program without such values has not imported.
    for module, names in _BY_STR:
        if module in sys.modules and isinstance(value, tuple(getattr(sys.modules[module], name) for name in names)):
            return str(value)
    if "re" in sys.modules and isinstance(value, sys.modules["re"].Pattern):
        return str(value.pattern)
    return None


_BY_STR = (
    ("decimal", ("Decimal",)),
    ("uuid", ("UUID",)),
    ("fractions", ("Fraction",)),
    ("pathlib", ("Path",)),
    ("ipaddress", ("IPv4Address", "IPv6Address", "IPv4Network", "IPv6Network", "IPv4Interface", "IPv6Interface")),
)


def _zone(text):
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _duration(value):
    """ISO 8601, with years of 365 days."""
    sign = "-" if value < datetime.timedelta(0) else ""
    value = abs(value)
    years, days = divmod(value.days, 365)
    hours, seconds = divmod(value.seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    fraction = f"{value.microseconds:06}".rstrip("0")
    seconds = f"{seconds}.{fraction}" if fraction else seconds
    date = "".join(f"{count}{unit}" for count, unit in ((years, "Y"), (days, "D")) if count)
    time = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if count)
    if not date and not time:
        time = "0S"
    return f"{sign}P{date}{'T' if time else ''}{time}"


def _key(value):
    if value is None:
        return "None"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value) if value == value else "NaN"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, tuple):
        return ",".join(map(_key, value))
    if (text := _text(value)) is not None:
        return text
    other = _other(value)
    return other if isinstance(other, str) else _key(other)


def _other(value):
    """Something else in place of a value that JSON has nothing for; at last its repr()."""
    if _is_enum(value):
        return value.value
    if not isinstance(value, type):
        if hasattr(value, "__pydantic_serializer__"):
            return value.__pydantic_serializer__.to_python(value, mode="json")
        if numpy := sys.modules.get("numpy"):
            if isinstance(value, (numpy.ndarray, numpy.matrix)):
                return value.tolist()
            if isinstance(value, numpy.generic):
                return value.item()
        if type(value).__name__ == "JsProxy" and hasattr(value, "to_py"):
            copied = value.to_py()
            return repr(value) if copied is value else copied
    return repr(value)
