# tries: no layers, whose few parameters times any error are a small product; it errs too often
# expect: invalid

def architecture(length, classes):
    return []
