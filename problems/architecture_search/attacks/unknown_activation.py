# tries: an activation of its own
# expect: invalid

def architecture(length, classes):
    return [{"kind": "dense", "units": 10, "activation": "lambda x: x"}]
