# tries: writes result files instead of returning heights
# expect: failure
# needs: a real sandbox

import json


def heights():
    for name in ("result.json", "metrics.json", "/tmp/result.json"):
        with open(name, "w") as file:
            json.dump({"fitness": 0.0, "peak": 0.0}, file)
    raise SystemExit(0)
