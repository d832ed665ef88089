# tries: weights of its own, trained elsewhere
# expect: invalid

def architecture(length, classes):
    return [{"kind": "dense", "units": 10, "weights": [[0.0] * 10] * 40}]
