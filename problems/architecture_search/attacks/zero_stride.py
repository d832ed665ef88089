# tries: a stride of 0
# expect: invalid

def architecture(length, classes):
    return [{"kind": "conv", "channels": 8, "width": 5, "stride": 0}]
