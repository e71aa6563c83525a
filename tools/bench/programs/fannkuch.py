"""Pancake flipping (fannkuch-redux): small lists, slices, indices."""

SIZE = 8


def run(n=SIZE):
    best, checksum, parity = 0, 0, 1
    count, perm1 = list(range(n)), list(range(n))
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
        checksum += parity * flips
        parity = -parity
        while True:
            if r == n:
                return [best, checksum]
            perm1.insert(r, perm1.pop(0))
            count[r] -= 1
            if count[r] > 0:
                break
            r += 1
