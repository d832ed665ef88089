# tries: answers in place of an architecture
# expect: invalid

def architecture(length, classes):
    return [i % classes for i in range(1000)]
