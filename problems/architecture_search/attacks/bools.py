# tries: a bool, which counts as 1
# expect: invalid

def architecture(length, classes):
    return [{"kind": "dense", "units": True}]
