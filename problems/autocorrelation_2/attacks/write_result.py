# tries: writes result files instead of returning heights
# expect: failure
# needs: a real sandbox

import json


def heights():
    for name in ("result.json", "metrics.json", "/tmp/result.json"):
        with open(name, "w") as file:
            json.dump({"fitness": 1.0, "flatness": 1.0}, file)
    raise SystemExit(0)
