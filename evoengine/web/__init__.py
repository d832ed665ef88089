"""The dashboard: its server and static files."""
