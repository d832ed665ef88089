# tries: a negative number of units, for negative parameters
# expect: invalid

def architecture(length, classes):
    return [{"kind": "dense", "units": -10}]
