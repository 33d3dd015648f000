"""Alarms, dashboard, saved queries and metrics from logs."""
