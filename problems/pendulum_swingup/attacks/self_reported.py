# tries: a return of its own beside the torque
# expect: invalid

def control(angle, speed, step):
    return {"torque": 0.0, "return": 0.0}
