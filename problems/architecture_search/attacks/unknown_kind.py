# tries: a kind of layer of its own
# expect: invalid

def architecture(length, classes):
    return [{"kind": "answer", "units": 10}]
