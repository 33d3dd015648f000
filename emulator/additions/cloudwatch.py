"""CloudWatch: the state of a new or updated alarm."""

from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend

_put_metric_alarm = CloudWatchBackend.put_metric_alarm
STATE = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp")


def _put_alarm_with_state(self: CloudWatchBackend, *given: Any, **named: Any) -> Alarm:
    """Moto's call; a new alarm is in INSUFFICIENT_DATA, an update keeps the state (API reference, PutMetricAlarm)."""
    before = self.alarms.get(given[0] if given else named["name"])
    alarm = _put_metric_alarm(self, *given, **named)
    alarm.state_value = "INSUFFICIENT_DATA"
    for name in STATE if before is not None else ():
        setattr(alarm, name, getattr(before, name))
    return alarm


def patch_models() -> None:
    """Patch moto so that a new or updated alarm has the state that it has on AWS."""
    CloudWatchBackend.put_metric_alarm = _put_alarm_with_state  # type: ignore[method-assign]
