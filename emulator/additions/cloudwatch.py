"""CloudWatch: the state of an alarm that is created or changed."""

from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend

_put_metric_alarm = CloudWatchBackend.put_metric_alarm
STATE = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp")


def _new_alarm_knows_nothing(self: CloudWatchBackend, *given: Any, **named: Any) -> Alarm:
    """Moto's own; a new alarm has no data, and an update leaves the state as it is (API reference, PutMetricAlarm)."""
    before = self.alarms.get(given[0] if given else named["name"])
    alarm = _put_metric_alarm(self, *given, **named)
    alarm.state_value = "INSUFFICIENT_DATA"
    for name in STATE if before is not None else ():
        setattr(alarm, name, getattr(before, name))
    return alarm


def patch_models() -> None:
    """Let alarms begin, and stay, in the state that AWS gives them."""
    CloudWatchBackend.put_metric_alarm = _new_alarm_knows_nothing  # type: ignore[method-assign]
