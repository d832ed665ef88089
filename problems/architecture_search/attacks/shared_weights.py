# tries: the claim that weights are shared and count once
# expect: invalid

def architecture(length, classes):
    return [{"kind": "conv", "channels": 8, "width": 5, "stride": 2, "shared": True}]
