# tries: changes the vector that it is shown; it is shown copies
# expect: true value 256.0

def priority(element, n):
    value = -1.0 * element.count(0)
    element[:] = [0, 1] * n
    return value
