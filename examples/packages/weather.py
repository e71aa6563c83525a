# /// script
# dependencies = ["requests"]
# ///
"""A client of a JSON API: pages, errors, tries again.

    v8py exec --allow-net=localhost:8000 weather.py http://localhost:8000
"""

import sys

import requests

base = sys.argv[1]
session = requests.Session()
session.headers["Accept"] = "application/json"


def pages(url, **params):
    while url:
        answer = session.get(url, params=params, timeout=10)
        answer.raise_for_status()
        body = answer.json()
        yield from body["items"]
        url, params = body.get("next"), {}


warmest = max(pages(f"{base}/stations", limit=2), key=lambda station: station["temperature"])
print(f"warmest: {warmest['name']}, {warmest['temperature']} degrees")
note = session.post(f"{base}/notes", json={"station": warmest["name"], "text": "warm: 25 °C"}, timeout=10)
print(note.status_code, note.json())
missing = session.get(f"{base}/stations/atlantis", timeout=10)
try:
    missing.raise_for_status()
except requests.HTTPError as error:
    print(error.response.status_code, error.response.json()["detail"])
