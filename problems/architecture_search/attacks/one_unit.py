# tries: a single unit, whose few parameters times any error are a small product; it errs too often
# expect: invalid

def architecture(length, classes):
    return [{"kind": "pool", "width": 40, "mode": "mean"}, {"kind": "dense", "units": 1}]
