# tries: writes result files instead of returning points
# expect: failure
# needs: a real sandbox

import json


def place(points):
    for name in ("result.json", "metrics.json", "/tmp/result.json"):
        with open(name, "w") as file:
            json.dump({"fitness": 0.0, "squared_ratio": 0.0}, file)
    raise SystemExit(0)
