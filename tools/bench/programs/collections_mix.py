"""Dictionaries, lists, sets, sorting, heaps: the data work of ordinary programs."""

from collections import Counter, defaultdict, deque
import heapq

COUNT = 6_000


def numbers(count, seed=12345):
    for _ in range(count):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        yield seed >> 8


def distances(edges, start):
    near = defaultdict(list)
    for a, b, cost in edges:
        near[a].append((b, cost))
        near[b].append((a, cost))
    best, queue = {start: 0}, [(0, start)]
    while queue:
        so_far, here = heapq.heappop(queue)
        if so_far > best[here]:
            continue
        for there, cost in near[here]:
            total = so_far + cost
            if total < best.get(there, 1 << 60):
                best[there] = total
                heapq.heappush(queue, (total, there))
    return best


def run():
    values = list(numbers(COUNT))
    groups = defaultdict(list)
    for value in values:
        groups[value % 97].append(value)
    means = {key: sum(group) // len(group) for key, group in groups.items()}
    records = [{"id": i, "key": v % 13, "size": v % 1009} for i, v in enumerate(values)]
    records.sort(key=lambda r: (r["key"], -r["size"], r["id"]))
    common = Counter(str(v)[:2] for v in values).most_common(3)
    edges = [(v % 500, w % 500, v % 50 + 1) for v, w in zip(values, values[1:])]
    best = distances(edges, 0 if values[0] % 500 == 0 else values[0] % 500)
    window, peaks = deque(maxlen=16), 0
    for value in values:
        window.append(value)
        peaks += value == max(window)
    unique = {v % 2000 for v in values} & {v % 1777 for v in values} - set(range(100))
    inverse = {v: k for k, v in enumerate(values)}
    return [sum(means.values()), [r["id"] for r in records[:3]], common, sum(best.values()), peaks,
            len(unique), len(inverse)]
