# tries: a size of its own beside the priority
# expect: invalid

def priority(element, n):
    return [0.0, 6561]
