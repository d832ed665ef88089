# tries: numbers written as text
# expect: invalid

def priority(durations, delays, work, operations, queues):
    return ["1.0"] * len(durations)
