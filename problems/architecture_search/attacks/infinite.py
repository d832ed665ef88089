# tries: infinitely many channels
# expect: invalid

def architecture(length, classes):
    return [{"kind": "conv", "channels": float("inf"), "width": 5, "stride": 2}]
