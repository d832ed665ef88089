# tries: a window wider than the signal, which leaves a negative number of positions
# expect: invalid

def architecture(length, classes):
    return [{"kind": "conv", "channels": 8, "width": 99, "stride": 2}]
