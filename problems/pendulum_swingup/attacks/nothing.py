# tries: no answer
# expect: invalid

def control(angle, speed, step):
    return None
