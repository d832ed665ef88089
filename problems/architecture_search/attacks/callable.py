# tries: a layer that is a function and would run beside the labels
# expect: failure

def architecture(length, classes):
    return [lambda x: x]
