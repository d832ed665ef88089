# tries: size and error of its own
# expect: invalid

def architecture(length, classes):
    return {"layers": [{"kind": "conv", "channels": 8, "width": 5, "stride": 2}], "size": 1, "error": 0.0}
