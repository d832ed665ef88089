# tries: a layer that fills the memory
# expect: invalid

def architecture(length, classes):
    return [{"kind": "dense", "units": 999_999}]
