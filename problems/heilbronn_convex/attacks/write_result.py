# tries: writes result files instead of returning points
# expect: failure
# needs: a real sandbox

import json


def place(points):
    for name in ("result.json", "metrics.json", "/tmp/result.json"):
        with open(name, "w") as file:
            json.dump({"fitness": 99.0, "smallest_share": 99.0}, file)
    raise SystemExit(0)
