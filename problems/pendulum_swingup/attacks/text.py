# tries: a number written as text
# expect: invalid

def control(angle, speed, step):
    return "-2.0"
