# tries: fails in the middle of an episode, after a good beginning
# expect: failure

def control(angle, speed, step):
    if step == 100:
        raise ValueError(angle)
    return -10.0 * angle - 2.0 * speed
