"""Text: str methods, formatting, joining, encoding, as programs that make reports do."""

WORDS = ("the quick brown fox jumps over the lazy dog while Ünïcödé ŝtrings and emoji 🎉 walk by "
         "and a-hyphenated, punctuated sentence: ends here.").split()


def title(words):
    return " ".join(word.capitalize() if len(word) > 3 else word.lower() for word in words)


def run():
    lines = []
    for i in range(1_800):
        words = WORDS[i % 11 :] + WORDS[: i % 11]
        line = title(words).replace("-", " ").strip(".")
        left, _, right = line.partition("while") if i % 2 else line.rpartition(" ")
        lines.append(f"{i:>6}|{left:<30.30}|{right.upper():^20}|{i / 7:10.3f}|{i:#06x}")
    text = "\n".join(lines)
    data = text.encode()
    upper = sum(c.isupper() for c in text[:40_000])
    fields = [part.strip() for line in text.splitlines() for part in line.split("|")]
    table = str.maketrans("aeiou", "AEIOU", "xyz")
    folded = text.translate(table).casefold()
    built = ""
    for i in range(8_000):
        built += chr(97 + i % 26)
    hits = sum(text.count(word) + text.find(word) for word in WORDS)
    return [len(data), upper, len(fields), len(folded), built[-30:], hits,
            "%s-%05d-%r" % (fields[7], 42, fields[1])]
