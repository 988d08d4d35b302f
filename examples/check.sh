#!/bin/sh
# Ask a running `mtfas serve` about a picture or short video: examples/check.sh face.jpg
# MTFAS_URL and MTFAS_KEY may name another address and an API key.
set -eu
url=${MTFAS_URL:-http://127.0.0.1:8000}
exec curl --silent --show-error --fail-with-body --max-time 30 \
  --header "X-Api-Key: ${MTFAS_KEY:-}" --form "file=@$1" "$url/v1/check"
