# /// script
# dependencies = ["pandas", "matplotlib"]
# ///
"""Reads sales from a CSV file, prints totals by region and month, and saves a chart of them.

    v8py exec --allow-read=sales.csv --files-out . sales_report.py sales.csv
"""

import sys

import matplotlib.pyplot as plt
import pandas as pd

sales = pd.read_csv(sys.argv[1], parse_dates=["date"])
sales["revenue"] = sales["units"] * sales["price"]
sales["month"] = sales["date"].dt.to_period("M")

by_region = sales.groupby("region")["revenue"].agg(["sum", "mean", "count"]).round(2)
print(by_region.sort_values("sum", ascending=False).to_string())

monthly = sales.pivot_table(index="month", columns="region", values="revenue", aggfunc="sum", fill_value=0)
print(monthly.round(2).to_string())

growth = monthly.sum(axis=1).pct_change().dropna()
print(f"best month: {monthly.sum(axis=1).idxmax()}, growth {growth.iloc[-1]:+.1%}")

ax = monthly.plot(kind="bar", stacked=True, figsize=(8, 4), title="Revenue")
ax.set_ylabel("EUR")
plt.tight_layout()
plt.savefig("revenue.png", dpi=120)
