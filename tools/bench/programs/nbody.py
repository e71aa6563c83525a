"""Planets: the n-body problem of the Computer Language Benchmarks Game. Float arithmetic on lists."""

STEPS = 7_000
BODIES = [
    ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], 39.47841760435743),
    ([4.841431442, -1.160320044, -0.103622044], [0.606326392, 2.811986844, -0.025218361], 0.037693674),
    ([8.343366718, 4.124798564, -0.403523417], [-1.010774346, 1.825662371, 0.008415761], 0.011286326),
    ([12.894369562, -15.111151401, -0.223307578], [1.082791006, 0.868713018, -0.010832637], 0.001723724),
    ([15.379697114, -25.919314609, 0.179258772], [0.979090732, 0.594698998, -0.034755955], 0.002033686),
]


def advance(bodies, pairs):
    for (p, v, m), (q, w, n) in pairs:
        dx, dy, dz = p[0] - q[0], p[1] - q[1], p[2] - q[2]
        magnitude = 0.01 * (dx * dx + dy * dy + dz * dz) ** -1.5
        a, b = m * magnitude, n * magnitude
        v[0] -= dx * b
        v[1] -= dy * b
        v[2] -= dz * b
        w[0] += dx * a
        w[1] += dy * a
        w[2] += dz * a
    for p, v, _ in bodies:
        p[0] += 0.01 * v[0]
        p[1] += 0.01 * v[1]
        p[2] += 0.01 * v[2]


def run():
    bodies = [(p[:], v[:], m) for p, v, m in BODIES]
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1 :]]
    for _ in range(STEPS):
        advance(bodies, pairs)
    return [round(x, 6) for p, _, _ in bodies for x in p]
