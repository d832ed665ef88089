# tries: an array of bools
# expect: invalid

def priority(durations, delays, work, operations, queues):
    return durations == durations.min()
