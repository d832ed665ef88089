# tries: a torque ten thousand times too large; it is cut off
# expect: true value -987.8185090789408

def control(angle, speed, step):
    return -1e5 * angle - 2e4 * speed
