# The portal without a database of its own: web, worker and beat are this image with other commands.
FROM python:3.11-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements/base.txt /requirements.txt
RUN python -m venv /venv && /venv/bin/pip install --require-hashes --no-deps -r /requirements.txt

FROM python:3.11-slim
RUN groupadd --gid 10001 portal \
    && useradd --uid 10001 --gid portal --no-create-home --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal -m 0700 /data
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PORTAL_DATA_DIR=/data \
    STATIC_ROOT=/static
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
# Settings want a key and an address to load; neither is used here nor kept in the image.
RUN SECRET_KEY=only-to-collect-static-files DATABASE_URL=postgres://nowhere/none \
    PORTAL_DATA_DIR=/tmp/collect python manage.py collectstatic --no-input -v0 \
    && rm -rf /tmp/collect
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "scripts/health.py", "web"]
CMD ["gunicorn", "coordinator.wsgi:application", "--no-control-socket", "--bind", "0.0.0.0:8000", \
     "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--worker-tmp-dir", "/dev/shm"]
