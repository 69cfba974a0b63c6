"""Writes the parity vectors of `mv`: meters that eemeter 3.2.0 ships, and what eemeter makes of them.

    python3.11 -m venv eemeter-venv && eemeter-venv/bin/pip install eemeter==3.2.0 'pandas<2' 'numpy<1.25'
    eemeter-venv/bin/python crates/mv/vectors/regenerate.py

Writes `<meter>.csv` (the columns of `gainshare-mv`), for bills also `<meter>-baseline.csv` and `<meter>-reporting.csv`,
and `expected.json`. Days of the daily meters are UTC days, as eemeter's samples have them; days of bills are counted
from 06:00 UTC, where the sample bills begin, and named by their date.
"""

import json
import pathlib
import warnings

import eemeter
import pandas as pd
from eemeter.transform import downsample_and_clean_caltrack_daily_data

warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent
CONFIDENCES = (0.68, 0.8, 0.9, 0.95)


def number(value):
    return "" if pd.isna(value) else f"{value:.10g}"


def temperatures_by_day(hourly, start_hour):
    shifted = hourly.copy()
    shifted.index = shifted.index - pd.Timedelta(hours=start_hour)
    by_day = shifted.resample("D").agg(["mean", "count"])
    return by_day["mean"].where(by_day["count"] > 12)


def rounded(series, digits=10):
    """What the files hold is what eemeter is given, so that both read the same numbers."""
    return series.map(lambda v: v if pd.isna(v) else float(f"{v:.{digits}g}"))


def as_hourly(daily, start_hour):
    """Every hour of a day at the day's mean: eemeter wants hours, and takes their mean again."""
    index = pd.date_range(daily.index[0], periods=24 * len(daily), freq="H")
    values = daily.repeat(24).to_numpy()
    return pd.Series(values, index=index + pd.Timedelta(hours=start_hour))


def periods(meter, metadata):
    """A year before and a year after the blackout; eemeter sets the last row of each to NaN."""
    baseline, _ = eemeter.get_baseline_data(meter, end=metadata["blackout_start_date"], max_days=365)
    reporting, _ = eemeter.get_reporting_data(meter, start=metadata["blackout_end_date"], max_days=365)
    return baseline, reporting


def expectation(fit, baseline_model_input, reporting, temperature, gas, billing):
    options = {"use_billing_presets": True, "weights_col": "n_days_kept"} if billing else {}
    model = fit(baseline_model_input, fit_cdd=not gas, **options)
    metrics = model.totals_metrics
    bands = {}
    for confidence in CONFIDENCES:
        savings, band = eemeter.metered_savings(model, reporting, temperature, confidence_level=confidence)
        bands[str(confidence)] = band and {
            "fsu_band": band["FSU Error Band"],
            "ols_band_one_variable": band["OLS Error Band"],
        }
    both = savings.dropna()
    return {
        "form": model.model.model_type,
        "parameters": {k: float(v) for k, v in model.model.model_params.items()},
        "r2_adj": model.r_squared_adj,
        "n": metrics.observed_length,
        "n_prime": metrics.n_prime,
        "cv_rmse": metrics.cvrmse_adj,
        "observed_reporting": both.reporting_observed.sum(),
        "counterfactual_reporting": both.counterfactual_usage.sum(),
        "savings": both.metered_savings.sum(),
        "bands": bands,
        "candidates": {
            status: sum(c.status == status for c in model.candidates)
            for status in ("QUALIFIED", "DISQUALIFIED", "NOT ATTEMPTED")
        },
    }


def daily(name, meter, hourly, metadata, unit):
    gas = metadata["interpretation"] == "gas"
    meter = meter.copy()
    meter["value"] = rounded(meter["value"])
    mean = rounded(temperatures_by_day(hourly, 0))
    temperature = as_hourly(mean, 0)
    baseline, reporting = periods(meter, metadata)
    column = "temperature_f" if unit == "F" else "temperature_c"
    with open(HERE / f"{name}.csv", "w", encoding="utf-8") as out:
        print(f"start,period,observed,{column}", file=out)
        for label, rows in (("baseline", baseline), ("reporting", reporting)):
            for day, value in rows.value.iloc[:-1].items():
                celsius_or_f = number(mean.get(day, float("nan")))
                print(f"{day:%Y-%m-%d},{label},{number(value)},{celsius_or_f}", file=out)
    degc = unit == "C"
    design = eemeter.create_caltrack_daily_design_matrix(baseline, temperature, degc)
    fahrenheit = temperature * 1.8 + 32 if degc else temperature
    made = expectation(
        eemeter.fit_caltrack_usage_per_day_model, design, reporting, fahrenheit, gas, billing=False
    )
    return {"method": "caltrack-daily", "unit": "therm" if gas else "kWh", **made}


def bills(name, meter, hourly, metadata):
    gas = metadata["interpretation"] == "gas"
    start_hour = meter.index[0].hour
    meter = meter.copy()
    meter["value"] = rounded(meter["value"])
    mean = rounded(temperatures_by_day(hourly, start_hour))
    temperature = as_hourly(mean, start_hour)
    baseline, reporting = periods(meter, metadata)
    spans = []
    for label, rows in (("baseline", baseline), ("reporting", reporting)):
        first, last = rows.index[0], rows.index[-1]
        spans.append((label, first, last))
        with open(HERE / f"{name}-{label}.csv", "w", encoding="utf-8") as out:
            print("start,value", file=out)
            for start, value in rows.value.items():
                print(f"{start - pd.Timedelta(hours=start_hour):%Y-%m-%d},{number(value)}", file=out)
    with open(HERE / f"{name}.csv", "w", encoding="utf-8") as out:
        print("start,period,observed,temperature_f", file=out)
        for label, first, last in spans:
            for day, value in mean.items():
                if first <= day + pd.Timedelta(hours=start_hour) < last:
                    print(f"{day:%Y-%m-%d},{label},,{number(value)}", file=out)
    design = eemeter.create_caltrack_billing_design_matrix(baseline, temperature)
    made = expectation(
        eemeter.fit_caltrack_usage_per_day_model, design, reporting, temperature, gas, billing=True
    )
    return {"method": "caltrack-billing", "unit": "therm" if gas else "kWh", **made}


def towt(name):
    """CalTRACK hourly (twelve months, neighbours at half weight). The file has one line per hour and no times: those are
    consecutive from `start` in each period."""
    meter, temperature, metadata = eemeter.load_sample(name)
    meter["value"] = rounded(meter["value"], 6)
    temperature = rounded(temperature, 6)
    baseline, _ = eemeter.get_baseline_data(meter, end=metadata["blackout_start_date"], max_days=365)
    reporting, _ = eemeter.get_reporting_data(meter, start=metadata["blackout_end_date"], max_days=365)
    preliminary = eemeter.create_caltrack_hourly_preliminary_design_matrix(baseline, temperature)
    segmentation = eemeter.segment_time_series(preliminary.index, "three_month_weighted")
    occupancy = eemeter.estimate_hour_of_week_occupancy(preliminary, segmentation=segmentation)
    occupied, unoccupied = eemeter.fit_temperature_bins(
        preliminary, segmentation=segmentation, occupancy_lookup=occupancy
    )
    designs = eemeter.create_caltrack_hourly_segmented_design_matrices(
        preliminary, segmentation, occupancy, occupied, unoccupied
    )
    model = eemeter.fit_caltrack_hourly_model(designs, occupancy, occupied, unoccupied)
    savings, _ = eemeter.metered_savings(model, reporting, temperature)
    both = savings.dropna()
    starts = {}
    with open(HERE / f"{name}.csv", "w", encoding="utf-8") as out:
        print("period,observed,temperature_f", file=out)
        for label, rows in (("b", baseline), ("r", reporting)):
            rows = rows.iloc[:-1]
            starts[label] = f"{rows.index[0]:%Y-%m-%dT%H:%M}:00"
            for at, value in rows.value.items():
                print(f"{label},{number(value)},{number(temperature.get(at, float('nan')))}", file=out)
    return {
        "starts": starts,
        "occupied_hours": [int(occupancy[column].sum()) for column in occupancy.columns],
        "observed_reporting": both.reporting_observed.sum(),
        "counterfactual_reporting": both.counterfactual_usage.sum(),
    }


def main():
    expected = {}
    for name in eemeter.samples():
        unit = "C" if name.startswith("uk") else "F"
        meter, hourly, metadata = eemeter.load_sample(name, tempF=unit == "F")
        if name.endswith("hourly") and unit == "F":
            continue
        if unit == "C":
            meter = downsample_and_clean_caltrack_daily_data(meter)
            expected[name] = daily(name, meter, hourly, metadata, unit)
        elif name.endswith("daily"):
            expected[name] = daily(name, meter, hourly, metadata, unit)
        else:
            expected[name] = bills(name, meter, hourly, metadata)
        print(name, expected[name]["form"], expected[name]["parameters"], expected[name]["savings"], expected[name]["n"])
    with open(HERE / "expected.json", "w", encoding="utf-8") as out:
        name = "il-electricity-cdd-hdd-hourly"
        made = {"eemeter": eemeter.__version__, "meters": expected, "hourly": {name: towt(name)}}
        json.dump(made, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
