# tries: one number for all operations
# expect: invalid

def priority(durations, delays, work, operations, queues):
    return 1.0
