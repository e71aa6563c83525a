"""The spectral norm of an infinite matrix, by power iteration: calls, floats, comprehensions."""

SIZE = 60


def entry(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(vector):
    return [sum(entry(i, j) * x for j, x in enumerate(vector)) for i in range(len(vector))]


def times_transposed(vector):
    return [sum(entry(j, i) * x for j, x in enumerate(vector)) for i in range(len(vector))]


def run():
    u = [1.0] * SIZE
    for _ in range(8):
        v = times_transposed(times(u))
        u = times_transposed(times(v))
    product = sum(x * y for x, y in zip(u, v))
    return round((product / sum(y * y for y in v)) ** 0.5, 9)
