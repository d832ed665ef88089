# tries: no answer
# expect: invalid

def architecture(length, classes):
    return None
