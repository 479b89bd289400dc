"""The portal's settings with the bare views beside it and no throttle."""

from coordinator.settings import *  # noqa: F403
from coordinator.settings import BASE_DIR, REST_FRAMEWORK, TEMPLATES

ROOT_URLCONF = "bench.urls"
ALLOWED_HOSTS = ["*"]
TEMPLATES[0]["DIRS"].append(BASE_DIR / "bench" / "templates")
REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = {"person": "100000000/min"}
