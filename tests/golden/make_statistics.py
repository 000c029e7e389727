#!/usr/bin/python3
"""make_statistics.py: writes statistics.json, what scipy says of Student's t, of confidence intervals and of the paired
t-test (Debian's python3-scipy). The samples are drawn once and stored with their results."""
import json
import pathlib

import numpy as np
import scipy
from scipy import stats

SEED = 20150211  # of numpy's default_rng
SIZES = (2, 3, 4, 5, 8, 30)


def t_quantile(p, df):
    """scipy's ppf errs in the tenth digit (1.6377443572 for p = 0.9, df = 3, where the closed form of the distribution
    says 1.6377443537); its cdf does not, so two steps of Newton's method on that mend it."""
    t = stats.t.ppf(p, df)
    for _ in range(2):
        t -= (stats.t.cdf(t, df) - p) / stats.t.pdf(t, df)
    return t


def paired_case(rng, n, shift, spread):
    a = rng.normal(shift, spread, n)
    b = rng.normal(0, spread, n)
    d = a - b
    test = stats.ttest_rel(a, b)
    half = t_quantile(0.975, n - 1) * stats.sem(d)
    low, high = d.mean() - half, d.mean() + half
    return {"a": a.tolist(), "b": b.tolist(), "mean": d.mean(), "sd": d.std(ddof=1), "low": low, "high": high,
            "p": test.pvalue, "effect_size": d.mean() / d.std(ddof=1)}


def main():
    rng = np.random.default_rng(SEED)
    golden = {
        "made_by": f"make_statistics.py, seed {SEED}, scipy {scipy.__version__}, numpy {np.__version__}",
        "t_quantile": [{"p": p, "degrees": df, "t": t_quantile(p, df)}
                       for p in (0.025, 0.5, 0.9, 0.975, 0.995) for df in (1, 2, 3, 4, 7, 29, 1000)],
        "paired": [paired_case(rng, n, shift, spread)
                   for n in SIZES for shift, spread in ((0, 1), (1, 1), (-30, 2), (1e6, 1e-2))],
        "quantile": [{"values": (v := rng.normal(size=n).tolist()), "p": p, "value": float(np.quantile(v, p))}
                     for n in (1, 2, 7, 20) for p in (0, 0.15, 0.5, 0.85, 1)],
    }
    file = pathlib.Path(__file__).with_name("statistics.json")
    file.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
