# tries: writes result files instead of returning a packing
# expect: failure
# needs: a real sandbox

import json


def pack(circles):
    for name in ("result.json", "metrics.json", "/tmp/result.json"):
        with open(name, "w") as file:
            json.dump({"fitness": 99.0, "sum_of_radii": 99.0}, file)
    raise SystemExit(0)
