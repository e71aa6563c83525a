"""Tuples and lists packed, unpacked and swapped: stack traffic of the interpreter."""

ROUNDS = 60_000


def run():
    pair, triple, row = (1, 2), [3, 4, 5], (6, 7, 8, 9, 10)
    total = 0
    for i in range(ROUNDS):
        a, b = pair
        c, d, e = triple
        f, *middle, g = row
        a, b, c = c, a, b
        (h, j), k = (b, c), i
        d, e = e, d
        pair, triple = (a & 7, b + 1 & 7), [c & 15, d, e]
        total += a + b + c + d + e + f + g + h + j + k + len(middle)
    return [total, pair, triple]
