# tries: groups that do not divide the channels
# expect: invalid

def architecture(length, classes):
    return [{"kind": "conv", "channels": 8, "width": 5, "stride": 2}, {"kind": "conv", "channels": 8, "width": 5, "stride": 2, "groups": 3}]
