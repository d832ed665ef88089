# tries: priorities for some of the operations
# expect: invalid

def priority(durations, delays, work, operations, queues):
    return -durations[1:]
