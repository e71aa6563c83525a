# /// script
# dependencies = ["scikit-learn"]
# ///
"""Trains two classifiers of flowers and says how good they are."""

from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

data = load_iris()
train_x, test_x, train_y, test_y = train_test_split(
    data.data, data.target, test_size=0.3, random_state=7, stratify=data.target
)
models = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
    "forest": RandomForestClassifier(n_estimators=50, random_state=7),
}
for name, model in models.items():
    scores = cross_val_score(model, train_x, train_y, cv=5)
    model.fit(train_x, train_y)
    print(f"{name}: {scores.mean():.2f} in training, {model.score(test_x, test_y):.2f} in the test")
print(classification_report(test_y, models["logistic"].predict(test_x), target_names=data.target_names))
