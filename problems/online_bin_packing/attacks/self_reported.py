# tries: a score of its own beside the priorities
# expect: invalid

def priority(item, bins):
    return {"priorities": (-bins).tolist(), "excess": 0.0}
