"""Medians, percentiles, ratios: what a list of measured numbers says."""

import math
import statistics


def median(numbers):
    return statistics.median(numbers)


def percentile(numbers, percent):
    """The smallest number that `percent` of all are not above. None when there are too few to tell."""
    if len(numbers) * (100 - percent) < 100:
        return None
    ordered = sorted(numbers)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def paired_ratio(ours, theirs):
    """The median of ratios within a round: what slowed a round down slowed both of them."""
    return statistics.median(a / b for a, b in zip(ours, theirs))


def geometric_mean(numbers):
    return math.exp(statistics.fmean(math.log(number) for number in numbers))


def rounded(number):
    """Three significant digits: more would be noise."""
    return float(f"{number:.3g}")
