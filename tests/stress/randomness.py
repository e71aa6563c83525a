"""Prints what should be random in this interpreter: a name and a value in each line; then, behind
"same", what is the same by design in all interpreters of one image."""

import asyncio
import os
import random
import secrets
import sqlite3
import tempfile
import uuid

import js

values = {
    "random.random": random.random(),
    "random.getrandbits": random.getrandbits(64),
    "random.Random": random.Random().random(),
    "random.sample": random.sample(range(10**9), 3),
    "random.gauss": random.gauss(),
    "random.SystemRandom": random.SystemRandom().random(),
    "secrets.token_hex": secrets.token_hex(16),
    "secrets.token_urlsafe": secrets.token_urlsafe(),
    "secrets.randbelow": secrets.randbelow(2**80),
    "uuid1": uuid.uuid1(),
    "uuid1 node": uuid.uuid1().node,
    "uuid4": uuid.uuid4(),
    "uuid6": uuid.uuid6(),
    "uuid7": uuid.uuid7(),
    "os.urandom": os.urandom(16).hex(),
    "/dev/urandom": open("/dev/urandom", "rb").read(16).hex(),
    "/dev/random": open("/dev/random", "rb").read(16).hex(),
    "sqlite3": sqlite3.connect(":memory:").execute("SELECT hex(randomblob(16))").fetchone()[0],
    "mkdtemp": tempfile.mkdtemp(),
    "NamedTemporaryFile": tempfile.NamedTemporaryFile().name,
    "tempfile names": next(tempfile._get_candidate_names()),
    "Math.random": js.Math.random(),
    "getRandomValues": bytes(js.crypto.getRandomValues(js.Uint8Array.new(16))).hex(),
    "randomUUID": js.crypto.randomUUID(),
}
for name, value in values.items():
    print(name.replace(" ", "_"), str(value).replace(" ", "_"))
# An object that was there in the image, and the seed of string hashes.
print("same", id(asyncio), hash("a string"), hash(b"bytes"))
