# tries: an empty answer, which has no largest entry
# expect: invalid

def priority(durations, delays, work, operations, queues):
    return []
