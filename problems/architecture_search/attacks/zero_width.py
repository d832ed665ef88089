# tries: windows of width 0, which need no weights
# expect: invalid

def architecture(length, classes):
    return [{"kind": "conv", "channels": 8, "width": 0, "stride": 2}]
