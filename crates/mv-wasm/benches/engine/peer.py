"""opendsm beside ours: one JSON object in, one out.

{"meter": "daily" | "hourly", "gas": bool, "columns": {"baseline": {...}, "reporting": {...}}} keeps a meter: `start`
(UTC), `observed` and `temperature` (°F), null where missing. Any other line fits it again. Answers have the processor
time of the fit in seconds; the first one, after a fit that compiles, also what the model says of both periods.
"""

import json
import logging
import sys
import time
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import pandas as pd
from opendsm import eemeter


def frame(part, step):
    index = pd.date_range(pd.Timestamp(part["start"], tz="UTC"), periods=len(part["observed"]), freq=step)
    columns = {name: pd.Series(part[name], index=index, dtype=float) for name in ("observed", "temperature")}
    return pd.DataFrame(columns)


def prepared(ask):
    daily, electricity = ask["meter"] == "daily", not ask["gas"]
    names = ("DailyBaselineData", "DailyReportingData") if daily else ("HourlyBaselineData", "HourlyReportingData")
    parts = (frame(ask["columns"][p], "D" if daily else "h") for p in ("baseline", "reporting"))
    return [getattr(eemeter, n)(part, is_electricity_data=electricity) for n, part in zip(names, parts)]


def fit(daily, baseline):
    # "legacy" is the CalTRACK 2.0 form, the same that ours fits.
    model = eemeter.DailyModel(model="legacy") if daily else eemeter.HourlyModel()
    begun = time.process_time()
    model.fit(baseline, ignore_disqualification=True)
    return model, time.process_time() - begun


def told(model, data):
    table = model.predict(data, ignore_disqualification=True)[["observed", "predicted"]].dropna()
    return {str(at.strftime("%Y-%m-%dT%H")): list(row) for at, row in zip(table.index, table.to_numpy().tolist())}


for line in sys.stdin:
    ask = json.loads(line)
    if "meter" in ask:
        daily = ask["meter"] == "daily"
        baseline, reporting = prepared(ask)
        model, _ = fit(daily, baseline)
        answer = {"baseline": told(model, baseline), "reporting": told(model, reporting)}
    else:
        answer = {"seconds": fit(daily, baseline)[1]}
    print(json.dumps(answer), flush=True)
