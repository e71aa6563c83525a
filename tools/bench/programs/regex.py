"""Regular expressions over DNA and over a log: alternations, classes, groups, substitution."""

import re

VARIANTS = [
    "agggt|accct", "[cgt]ggta|tacc[acg]", "a[act]ggt|acc[agt]t", "agg[act]t.*?gcc", "(ag|ct)gg[acg]aa?",
]
CODES = {"B": "(c|g|t)", "D": "(a|g|t)", "H": "(a|c|t)", "K": "(g|t)", "N": "(a|c|g|t)", "R": "(a|g)"}
LINE = re.compile(r'^(?P<host>\S+) \S+ \[(?P<day>\d+)/(\w{3})/(\d{4})\] "(GET|POST) ([^"]*?)" (\d{3}) (\d+|-)$',
                  re.MULTILINE)


def sequence(length):
    seed, letters = 42, []
    for _ in range(length):
        seed = (seed * 3877 + 29573) % 139968
        letters.append("acgtacgtacgtBDHKNR"[seed * 18 // 139968])
    return "".join(letters)


def log(lines):
    return "\n".join(
        f'10.0.{i % 7}.{i % 251} - [{i % 28 + 1}/Nov/2026] "{"GET" if i % 3 else "POST"} /a/{i}?q={i * i}" '
        f'{200 if i % 5 else 404} {i * 37 if i % 11 else "-"}' for i in range(lines))


def run():
    dna = sequence(9_000)
    counts = [len(re.findall(variant, dna, re.IGNORECASE)) for variant in VARIANTS]
    for code, alternatives in CODES.items():
        dna = re.sub(code, alternatives, dna)
    text = log(900)
    found = [match.groups() for match in LINE.finditer(text)]
    words = re.split(r"\W+", text)
    emails = re.sub(r"(\d+)\.(\d+)\.(\d+)\.(\d+)", lambda m: f"{m[4]}.x", text)
    return [counts, len(dna), len(found), found[-1], len(words), len(emails)]
