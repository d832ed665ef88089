# tries: the state that it would like to be in next
# expect: invalid

def control(angle, speed, step):
    return [0.0, 0.0, 0.0]
