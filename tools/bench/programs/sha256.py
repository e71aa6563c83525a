"""SHA-256 written in Python: integers of 32 bits, shifts and masks."""

MASK = 0xFFFFFFFF


def primes(count):
    found, n = [], 2
    while len(found) < count:
        if all(n % p for p in found):
            found.append(n)
        n += 1
    return found


def root_bits(n, power):
    """The first 32 bits of the fraction of n's root, in integers only."""
    low, high = 0, n << 33
    while low < high - 1:
        middle = (low + high) // 2
        if middle**power <= n << 32 * power:
            low = middle
        else:
            high = middle
    return low & MASK


def block(state, chunk, constants):
    w = [int.from_bytes(chunk[i : i + 4], "big") for i in range(0, 64, 4)]
    for i in range(16, 64):
        x, y = w[i - 15], w[i - 2]
        s0 = (x >> 7 | x << 25) ^ (x >> 18 | x << 14) ^ x >> 3
        s1 = (y >> 17 | y << 15) ^ (y >> 19 | y << 13) ^ y >> 10
        w.append((w[i - 16] + (s0 & MASK) + w[i - 7] + (s1 & MASK)) & MASK)
    a, b, c, d, e, f, g, h = state
    for i in range(64):
        s1 = ((e >> 6 | e << 26) ^ (e >> 11 | e << 21) ^ (e >> 25 | e << 7)) & MASK
        t1 = h + s1 + (e & f ^ ~e & g) + constants[i] + w[i]
        s0 = ((a >> 2 | a << 30) ^ (a >> 13 | a << 19) ^ (a >> 22 | a << 10)) & MASK
        t2 = s0 + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (t1 + t2) & MASK, a, b, c, (d + t1) & MASK, e, f, g
    return [(x + y) & MASK for x, y in zip(state, (a, b, c, d, e, f, g, h))]


def run():
    numbers = primes(64)
    constants = [root_bits(n, 3) for n in numbers]
    state = [root_bits(n, 2) for n in numbers[:8]]
    message = bytes(i * 7 % 256 for i in range(14_000))
    padded = message + b"\x80" + bytes(-(len(message) + 9) % 64) + (len(message) * 8).to_bytes(8, "big")
    for at in range(0, len(padded), 64):
        state = block(state, padded[at : at + 64], constants)
    return "".join(f"{x:08x}" for x in state)
