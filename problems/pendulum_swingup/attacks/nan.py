# tries: NaN, with which every comparison is false
# expect: invalid

def control(angle, speed, step):
    return float("nan")
