# tries: springs wound up by their phases, to throw it at the first step; muscles begin gently
# expect: true value 7.385264563396387

def walker():
    return {"joints": [[0.0, 0.0], [2.0, 0.0], [1.0, 1.5]],
            "muscles": [[0, 1, 0.4, 0.25], [1, 2, -0.4, 0.25], [0, 2, 0.4, 0.25]]}
