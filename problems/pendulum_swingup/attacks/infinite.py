# tries: an infinite torque
# expect: invalid

def control(angle, speed, step):
    return -float("inf") * angle
