# tries: no answer
# expect: invalid

def priority(durations, delays, work, operations, queues):
    return None
