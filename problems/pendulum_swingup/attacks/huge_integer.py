# tries: an integer that no float can hold
# expect: invalid

def control(angle, speed, step):
    return 10**400
