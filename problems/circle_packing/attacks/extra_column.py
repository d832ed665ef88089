# tries: a column more, in case only the last one is summed
# expect: invalid

def pack(circles):
    return [[0.5, 0.5, 0.0, 1.0]] * circles
