"""Known pure-Python programs. Prints milliseconds, the best of five, as JSON."""
import json
import time


def loop(n=3_000_000):
    total = 0
    for i in range(n):
        total += i * i
    return total


def nbody(steps=20_000):
    bodies = [
        ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], 39.47841760435743),
        ([4.841431442, -1.160320044, -0.103622044], [0.606326392, 2.811986844, -0.025218361], 0.037693674),
        ([8.343366718, 4.124798564, -0.403523417], [-1.010774346, 1.825662371, 0.008415761], 0.011286326),
        ([12.894369562, -15.111151401, -0.223307578], [1.082791006, 0.868713018, -0.010832637], 0.001723724),
        ([15.379697114, -25.919314609, 0.179258772], [0.979090732, 0.594698998, -0.034755955], 0.002033686),
    ]
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1 :]]
    for _ in range(steps):
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
    return bodies[0][0][0]


def fannkuch(n=8):
    best, count, perm1 = 0, list(range(n)), list(range(n))
    r = n
    while True:
        while r > 1:
            count[r - 1] = r
            r -= 1
        perm, flips = perm1[:], 0
        while k := perm[0]:
            perm[: k + 1] = perm[k::-1]
            flips += 1
        best = max(best, flips)
        while True:
            if r == n:
                return best
            perm1.insert(r, perm1.pop(0))
            count[r] -= 1
            if count[r] > 0:
                break
            r += 1


def fib(n=25):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


results = {}
for function in (loop, nbody, fannkuch, fib):
    times = []
    for _ in range(5):
        began = time.perf_counter()
        function()
        times.append((time.perf_counter() - began) * 1000)
    results[function.__name__] = round(min(times), 2)
print(json.dumps(results))
