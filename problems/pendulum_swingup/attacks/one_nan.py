# tries: one NaN in the last step of an episode
# expect: invalid

def control(angle, speed, step):
    return float("nan") if step == 199 else 0.0
