# /// script
# dependencies = ["beautifulsoup4", "lxml", "requests"]
# ///
"""Fetches a page, lists its headlines and links, and says which of those answer.

    v8py exec --allow-net=example.com headlines.py https://example.com/
"""

import sys
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup

session = requests.Session()
page = session.get(sys.argv[1], timeout=10)
page.raise_for_status()
soup = BeautifulSoup(page.text, "lxml")
print(soup.title.get_text(strip=True))
for heading in soup.select("h1, h2, h3"):
    print(f"{heading.name}: {heading.get_text(' ', strip=True)}")
for link in soup.find_all("a", href=True):
    url = urljoin(page.url, link["href"])
    status = session.head(url, timeout=10).status_code
    print(f"{status} {link.get_text(strip=True)} -> {link['href']}")
