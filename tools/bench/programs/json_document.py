"""json.dumps and json.loads of a document such as a web service returns: mixed, nested, some unicode."""

import json

ORDERS, ROUNDS = 120, 12
NAMES = ["Ada Lovelace", "Zoë Müller", "李小龙", "O'Connor", "Émile \"Max\" Zola", "plain"]


def order(i):
    return {
        "id": i * 7919 % 100_003,
        "customer": {"name": NAMES[i % 6], "email": f"user{i}@example.com", "vip": i % 5 == 0},
        "lines": [
            {"sku": f"A-{i:04}-{k}", "count": k + 1, "price": (i * 31 + k * 17) % 1000 / 8,
             "tags": ["new", "sale"][: k % 3], "note": None}
            for k in range(5)
        ],
        "path": "C:\\orders\\%d\n" % i,
        "totals": [i / 4, -i, i * 10**9],
    }


def run():
    document = {"version": 3, "orders": [order(i) for i in range(ORDERS)]}
    size = 0
    for _ in range(ROUNDS):
        text = json.dumps(document)
        document = json.loads(text)
        size += len(text)
    pretty = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
    return [size, len(pretty), document["orders"][-1]["customer"]["name"]]
