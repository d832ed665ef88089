# tries: more layers than allowed
# expect: invalid

def architecture(length, classes):
    return [{"kind": "pool", "width": 1, "mode": "max"}] * 1000
