"""Alarms, dashboard, saved queries, metrics from logs."""
