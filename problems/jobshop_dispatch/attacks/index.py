# tries: an index, perhaps of an operation of another machine
# expect: invalid

def priority(durations, delays, work, operations, queues):
    return 10**6
