# tries: the architecture as text
# expect: invalid

def architecture(length, classes):
    return '[{"kind": "conv", "channels": 8, "width": 5, "stride": 2}]'
