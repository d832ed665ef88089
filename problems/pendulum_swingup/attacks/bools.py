# tries: a bool, which counts as 1
# expect: invalid

def control(angle, speed, step):
    return angle < 0
