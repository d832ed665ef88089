# tries: NaN for a width, which is neither too small nor too large
# expect: invalid

def architecture(length, classes):
    return [{"kind": "conv", "channels": 8, "width": float("nan"), "stride": 2}]
