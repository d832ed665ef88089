# tries: complex priorities, which have no order
# expect: invalid

def priority(item, bins):
    return -bins + 1j
