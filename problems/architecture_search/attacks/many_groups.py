# tries: more groups than channels, for less than one weight a channel
# expect: invalid

def architecture(length, classes):
    return [{"kind": "conv", "channels": 8, "width": 5, "stride": 2, "groups": 16}]
