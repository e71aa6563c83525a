"""The official Python SDK 2, over HTTP without sessions."""

import functools

import connection
from python_sdk import connect
from scenarios import SCENARIOS

connection.run(SCENARIOS, functools.partial(connect, serve=connection.http))
