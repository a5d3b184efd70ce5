#!/usr/bin/env bash
# Builds the image with docker, podman or buildah, whichever is there. `make image` passes:
#   IMAGE      name:tag                       default localhost/connaisseur:v<version>
#   PLATFORM   linux/amd64 or linux/arm64     default: this machine's
#   ENGINE     docker, podman or buildah      default: the first that works
#   BUILDER, RUNTIME                          other base images, best with @sha256:...
#   SOURCE_DATE_EPOCH                         default: the time of the commit
# The same source, base images and epoch give the same image, byte for byte.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(node -p 'require("./package.json").version')
case "$(uname -m)" in x86_64) native=linux/amd64 ;; aarch64 | arm64) native=linux/arm64 ;; *) native= ;; esac
image=${IMAGE:-localhost/connaisseur:v$version}
platform=${PLATFORM:-$native}
case "$platform" in
linux/amd64 | linux/arm64) ;;
*)
  echo "PLATFORM is linux/amd64 or linux/arm64, not '$platform'" >&2
  exit 2
  ;;
esac
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain 2>/dev/null)" ] || revision=$revision-dirty
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}

# The docker command without its daemon builds nothing.
works() { command -v "$1" >/dev/null && { [ "$1" != docker ] || docker info >/dev/null 2>&1; }; }
engine=${ENGINE:-}
for each in docker podman buildah; do
  if [ -z "$engine" ] && works "$each"; then engine=$each; fi
done

arguments=(--platform "$platform" --tag "$image" --file Dockerfile
  --build-arg "VERSION=$version" --build-arg "REVISION=$revision")
[ -z "${BUILDER:-}" ] || arguments+=(--build-arg "BUILDER=$BUILDER")
[ -z "${RUNTIME:-}" ] || arguments+=(--build-arg "RUNTIME=$RUNTIME")

case "$engine" in
docker) SOURCE_DATE_EPOCH=$epoch docker buildx build --load "${arguments[@]}" . ;;
podman) podman build --timestamp "$epoch" --build-arg "BUILDPLATFORM=$native" "${arguments[@]}" . ;;
# Older ones do not know what they run on when a Dockerfile asks.
buildah) buildah bud --timestamp "$epoch" --build-arg "BUILDPLATFORM=$native" "${arguments[@]}" . ;;
*)
  echo 'no docker (with a daemon), podman or buildah here: install one, or set ENGINE' >&2
  exit 2
  ;;
esac
echo "built $image for $platform with $engine"
