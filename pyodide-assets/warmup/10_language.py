"""Uses what Python programs use, so that V8 optimises it: the language itself.

Every file of this folder runs several times in an interpreter that then becomes an image. It must
leave nothing behind but imported modules.
"""

import dataclasses
import enum
import functools
import itertools
import math
import operator
import string
import types
import typing
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple


@dataclasses.dataclass(order=True)
class Item:
    name: str
    price: float
    tags: list = dataclasses.field(default_factory=list)

    @property
    def label(self):
        return f"{self.name!r}: {self.price:>10.2f} {len(self.tags):04d}"


class Color(enum.Enum):
    RED = 1
    GREEN = 2


Point = namedtuple("Point", "x y")


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __hash__(self):
        return hash((self.x, self.y))


@functools.lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def slow_fibonacci(n):
    return n if n < 2 else slow_fibonacci(n - 1) + slow_fibonacci(n - 2)


def primes(limit):
    sieve = bytearray([1]) * (limit + 1)
    sieve[0:2] = b"\0\0"
    for i in range(2, math.isqrt(limit) + 1):
        if sieve[i]:
            sieve[i * i :: i] = bytes(len(range(i * i, limit + 1, i)))
    return [i for i, is_prime in enumerate(sieve) if is_prime]


def mandelbrot(size):
    inside = 0
    for row in range(size):
        for column in range(size):
            c = complex(3 * column / size - 2, 2 * row / size - 1)
            z = 0j
            for _ in range(30):
                z = z * z + c
                if abs(z) > 2:
                    break
            else:
                inside += 1
    return inside


def sorts(count):
    state, values = 12345, []
    for _ in range(count):
        state = (1103515245 * state + 12345) & 0x7FFFFFFF
        values.append(state)
    by_last = sorted(values, key=lambda v: v % 1000, reverse=True)
    for i in range(1, 200):
        value, j = values[i], i - 1
        while j >= 0 and values[j] > value:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = value
    return by_last[0], values[:3]


def strings(count):
    parts = []
    for i in range(count):
        word = string.ascii_lowercase[i % 20 : i % 20 + 5]
        parts.append(f"{word.title()}-{i:05d}/{i / 7:.3f}")
        parts.append("%s=%d" % (word.upper(), i))
        parts.append("{:<8}|{:^8}".format(word, i))
    text = ", ".join(parts)
    fields = [part.strip().partition("-") for part in text.split(",")]
    return text.replace("a", "A").count("A"), text.encode().decode("utf-8")[::-1][:5], len(fields)


def containers(count):
    counted = Counter(i % 17 for i in range(count))
    grouped = defaultdict(list)
    for i in range(count):
        grouped[str(i % 13)].append(Point(i, -i))
    queue = deque(range(count), maxlen=100)
    queue.rotate(3)
    ordered = OrderedDict(sorted(counted.items()))
    squares = {i: i * i for i in range(count) if i % 3}
    merged = {**squares, **ordered} | {"k": 1}
    pairs = set(zip(range(count), reversed(range(count)))) & {(1, count - 2)}
    return len(merged), len(pairs), max(counted, key=counted.get), queue[0], [*grouped][-1]


def generators(count):
    def numbers():
        received = yield 0
        for i in range(count):
            received = (yield i + (received or 0)) or received

    total = sum(i for i in numbers() if i)
    chained = itertools.chain.from_iterable([i, -i] for i in range(count))
    grouped = [(key, len(list(items))) for key, items in itertools.groupby(chained, key=abs)]
    return total, len(grouped), functools.reduce(operator.xor, range(count))


def exceptions(count):
    caught = 0
    for i in range(count):
        try:
            try:
                [][i]
            except IndexError as error:
                raise RuntimeError("again") from error
        except RuntimeError as error:
            caught += isinstance(error.__cause__, IndexError)
    return caught


def matching(values):
    found = []
    for value in values:
        match value:
            case {"kind": "circle", "r": r}:
                found.append(math.pi * r**2)
            case [x, y, *rest]:
                found.append(x + y + len(rest))
            case Item(name=name) if name:
                found.append(name)
            case int() | float():
                found.append(value)
            case _:
                found.append(None)
    return found


def numbers(count):
    total = 0
    for i in range(count):
        total += i * i
        total ^= i << 3
    big = 3**400 // 7**50 % 10**40
    rounded = [round(math.sin(i) * math.sqrt(i + 1), 4) for i in range(200)]
    return total, str(big), int("123456789" * 8), sum(rounded), divmod(-7, 2), 0.1 + 0.2, 1e300 * 10


def matrix(size):
    a = [[i * j % 7 for j in range(size)] for i in range(size)]
    b = list(map(list, zip(*a)))
    return sum(sum(x * y for x, y in zip(row, column)) for row in a for column in b)


def classes(count):
    items = [Item(f"item {i}", i * 1.5, [i]) for i in range(count)]
    items.sort()
    vectors = functools.reduce(lambda a, b: a + b * 2, (Vector(i, i + 1) for i in range(count)))
    names = types.SimpleNamespace(**{item.name.replace(" ", "_"): item.label for item in items[:5]})
    hints = typing.get_type_hints(Item)
    return vectors.x, repr(items[0]), dataclasses.asdict(items[1]), names, hints, Color["RED"]


print(fibonacci(80), slow_fibonacci(17), len(primes(20000)), mandelbrot(28), sorts(2000))
print(strings(300), containers(800), generators(500), exceptions(100))
print(matching([{"kind": "circle", "r": 2}, [1, 2, 3], Item("a", 1), 7, "?"]), numbers(20000))
print(matrix(24), classes(100), sep="\n")
for i in range(50):
    print("line", i, end=";\n")
fibonacci.cache_clear()
[n * n for n in range(4)]
