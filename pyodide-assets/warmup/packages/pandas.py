"""Uses what programs use of pandas. Runs only for an image that has it imported."""

import io

import pandas as pd

frame = pd.DataFrame(
    {
        "name": [f"n{i % 7}" for i in range(200)],
        "x": [i * 1.5 for i in range(200)],
        "y": [i % 13 for i in range(200)],
        "day": pd.date_range("2024-01-01", periods=200),
    }
)
print(frame.describe())
print(frame.head(), frame.dtypes, frame.shape, sep="\n")
print(frame[["x", "y"]].mean(), frame["y"].value_counts().head(3), sep="\n")
print(frame.groupby("name")["x"].agg(["sum", "mean", "count"]))
print(frame[frame["x"] > 290].sort_values("y", ascending=False).to_string())
print(frame.pivot_table(index="name", columns=frame["y"] % 2, values="x"))
print(frame.merge(pd.DataFrame({"name": ["n1", "n2"], "w": [1, 2]}), on="name", how="left")["w"].sum())
print(pd.concat([frame.head(2), frame.tail(2)]).reset_index(drop=True).iloc[1:3, 0:2])
frame["z"] = frame["x"] * 2 + frame["y"]
frame.loc[3, "z"] = None
print(frame["z"].isna().sum(), frame.fillna(0)["z"].max(), frame["name"].str.upper().unique()[:2])
print(frame["day"].dt.month.max(), frame.set_index("day")["x"].resample("ME").sum().head(2))
print(frame["x"].rolling(3).mean().tail(1), frame["y"].apply(lambda v: v + 1).sum(), frame["x"].corr(frame["y"]))
text = frame.to_csv(index=False)
back = pd.read_csv(io.StringIO(text), parse_dates=["day"])
print(back.equals(frame), len(frame.to_json()), len(frame.head(2).to_html()), frame.isnull().any().any())
print(pd.Series([3, 1, 2], index=list("abc")).sort_values(), pd.to_datetime(["2024-02-30x"], errors="coerce"))
try:
    frame["missing"]
except KeyError as error:
    print(error)
frame.describe()
