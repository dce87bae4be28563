# One image for every process:  python -m ingress | python -m workers [ACTOR ...] | python -m ops ...

FROM python:3.12-slim AS requirements
# All of them are wheels: nothing is compiled, and no compiler is installed to be left behind.
RUN python -m venv /opt/python
COPY requirements.txt .
RUN /opt/python/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: -r requirements.txt

FROM python:3.12-slim
ENV PATH=/opt/python/bin:$PATH \
    PYTHONPATH=/opt/ringbook \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN groupadd --system --gid 10001 ringbook \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent ringbook
COPY --from=requirements /opt/python /opt/python
WORKDIR /opt/ringbook
COPY messages messages
COPY storage storage
COPY ops ops
COPY workers workers
COPY ingress ingress
COPY examples examples
# The file system may be read-only at run time, so what Python would write then is written now.
RUN PYTHONDONTWRITEBYTECODE= python -m compileall -q .
USER 10001:10001
# ingress, workers, duties
EXPOSE 8080 8081 8082
CMD ["python", "-m", "ops", "--help"]
