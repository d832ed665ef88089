# tries: a torque so large that what is computed with it overflows
# expect: invalid

def control(angle, speed, step):
    return -1e308
