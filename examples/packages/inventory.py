"""Keeps an inventory in an SQLite database of the host.

    v8py exec --allow-write=stock inventory.py stock/inventory.db add widget 5
    v8py exec --allow-write=stock inventory.py stock/inventory.db list
"""

import argparse
import sqlite3

parser = argparse.ArgumentParser()
parser.add_argument("database")
commands = parser.add_subparsers(dest="command", required=True)
add = commands.add_parser("add")
add.add_argument("name")
add.add_argument("count", type=int)
commands.add_parser("list")
arguments = parser.parse_args()

with sqlite3.connect(arguments.database) as database:
    database.execute("PRAGMA foreign_keys = ON")
    database.execute("CREATE TABLE IF NOT EXISTS items (name TEXT PRIMARY KEY, count INTEGER NOT NULL)")
    if arguments.command == "add":
        database.execute(
            "INSERT INTO items VALUES (?, ?) ON CONFLICT(name) DO UPDATE SET count = count + excluded.count",
            (arguments.name, arguments.count),
        )
    else:
        for name, count in database.execute("SELECT name, count FROM items ORDER BY name"):
            print(f"{name}\t{count}")
