# The server in an image of its own: docker build -t chatbot .
# The built-in model comes along with --build-arg EMBEDDED=on (130 MB more); without it, name a provider in the environment.
# What a bucket for files needs comes along with --build-arg S3=on.
# What cuts recordings and reads text in pictures comes along unless --build-arg MEDIA=off leaves it out.

FROM node:22-slim AS browser
WORKDIR /chatbot
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim AS packages
ARG EMBEDDED=off
ARG S3=off
COPY requirements /requirements
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r /requirements/base.txt \
    && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r /requirements/office.txt \
    && if [ "$EMBEDDED" = on ]; then \
         /venv/bin/pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r /requirements/embedded.txt; \
       fi \
    && if [ "$S3" = on ]; then \
         /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r /requirements/s3.txt; \
       fi

FROM python:3.11-slim
ARG MEDIA=on
RUN if [ "$MEDIA" = on ]; then \
      apt-get update && apt-get install -y --no-install-recommends ffmpeg tesseract-ocr && rm -rf /var/lib/apt/lists/*; \
    fi
# Group 0 may write, too: some clusters run each container as a user of their own choice, who has no name and is in that group.
RUN useradd --system --uid 10001 --gid 0 --home-dir /data chatbot && install -d -o chatbot -g root -m 775 /data /data/media
WORKDIR /chatbot
COPY --from=packages /venv /venv
COPY --from=browser /chatbot/node_modules node_modules
COPY manage.py ./
COPY chatbot chatbot
COPY conversations conversations
COPY static static
COPY templates templates
# Whoever runs it may read it, also where the checkout was for its owner alone.
RUN chmod -R a+rX manage.py chatbot conversations static templates
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
USER chatbot
VOLUME /data
EXPOSE 8000
# Asked under a name that the site answers to.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-c", "\
import os; from urllib.request import Request, urlopen; \
hosts = (os.environ.get('ALLOWED_HOSTS') or '').replace(',', ' ').replace(';', ' ').split() or ['localhost']; \
host = hosts[0].strip(chr(34) + chr(39)).split('://')[-1].split('/')[0].lstrip('*.') or 'localhost'; \
urlopen(Request('http://127.0.0.1:8000/healthz', headers={'Host': host}), timeout=2)"]
# Exec form: the server itself is the first process, so that SIGTERM reaches it.
ENTRYPOINT ["python", "manage.py"]
CMD ["serve", "--host", "0.0.0.0"]
