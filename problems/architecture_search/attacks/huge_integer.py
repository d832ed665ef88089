# tries: an integer that no float can hold
# expect: invalid

def architecture(length, classes):
    return [{"kind": "dense", "units": 10**400}]
