# tries: complex priorities, which have no order
# expect: invalid

def priority(durations, delays, work, operations, queues):
    return -durations + 1j
