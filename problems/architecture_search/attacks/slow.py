# tries: few parameters with much work, to exhaust the evaluator
# expect: invalid

def architecture(length, classes):
    return [{"kind": "conv", "channels": 8, "width": 5, "stride": 1}] * 9
