# tries: fractions of channels, for fractions of parameters
# expect: invalid

def architecture(length, classes):
    return [{"kind": "conv", "channels": 0.5, "width": 5, "stride": 2}]
