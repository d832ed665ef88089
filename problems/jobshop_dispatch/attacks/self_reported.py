# tries: a makespan of its own beside the priorities
# expect: invalid

def priority(durations, delays, work, operations, queues):
    return {"priorities": (-durations).tolist(), "gap": 0.0}
