# tries: a tower that falls forward when its muscles begin to move
# expect: true value 0.6372957312435086

def walker():
    return {"joints": [[0.0, 0.0], [0.6, 0.0], [0.0, 9.0], [0.6, 9.0]],
            "muscles": [[0, 1, 0.0, 0.0], [0, 2, 0.02, 0.0], [1, 3, -0.02, 0.0],
                        [2, 3, 0.0, 0.0], [0, 3, 0.0, 0.0], [1, 2, 0.0, 0.0]]}
