"""Uses what programs read, write and talk with; so it is imported, too, which would take them 10 to 80 ms each."""

import argparse
import array
import concurrent.futures.thread
import configparser
import difflib
import email.message
import gzip
import hmac
import html.parser
import http.cookiejar
import importlib.metadata
import importlib.resources
import io
import mimetypes
import pickle
import platform
import queue
import secrets
import sqlite3
import tarfile
import timeit
import tomllib
import unittest
import urllib.error
import urllib.request
import xml.etree.ElementTree
import zoneinfo

parser = argparse.ArgumentParser(prog="warmup")
parser.add_argument("path", nargs="*")
parser.add_argument("-n", "--number", type=int, default=1)
options = parser.parse_args(["a", "-n", "2"])

rows = [(i, f"name {i}", i / 7) for i in range(100)]
with sqlite3.connect(":memory:") as connection:
    connection.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, price REAL)")
    connection.executemany("INSERT INTO items VALUES (?, ?, ?)", rows)
    selected = connection.execute("SELECT name, price FROM items WHERE id % 3 = 0 ORDER BY price DESC").fetchall()
connection.close()

tree = xml.etree.ElementTree.Element("items")
for number, name, _ in rows:
    xml.etree.ElementTree.SubElement(tree, "item", number=str(number)).text = name
parsed = xml.etree.ElementTree.fromstring(xml.etree.ElementTree.tostring(tree)).findall("./item[@number='7']")


class Links(html.parser.HTMLParser):
    def handle_starttag(self, tag, attrs):
        found.extend(value for key, value in attrs if key == "href")


found = []
Links().feed("<p>one &amp; two<a href='/a?b=1'>x</a><br></p>" * 20)

request = urllib.request.Request("https://example.org/a", b"{}", {"Content-Type": "application/json"})
message = email.message.EmailMessage()
message["Subject"] = "é"
message.set_content("text\n")

config = configparser.ConfigParser()
config.read_string("[a]\nb = 1\n")
table = tomllib.loads("a = 1\n[b]\nc = [1, 2.5, '3']\n")
packed = gzip.decompress(gzip.compress(pickle.dumps(rows)))
assert pickle.loads(packed) == rows
difference = list(difflib.unified_diff(["a", "b"], ["a", "c"]))


class Test(unittest.TestCase):
    def test_equal(self):
        self.assertEqual(1 + 1, 2)


ran = unittest.TextTestRunner(io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(Test))
print(len(selected), parsed[0].text, len(found), request.host, bytes(message)[:7], table, ran.testsRun, options.path)
