# tries: a torque a million times too large; it is cut off
# expect: true value -987.8185090789408

def control(angle, speed, step):
    return -1e7 * angle - 2e6 * speed
