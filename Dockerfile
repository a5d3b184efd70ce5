# Base images are arguments. Pin them by digest where it counts, as name:tag@sha256:...: what a tag
# means can change.
ARG BUILDER=docker.io/library/node:22-bookworm-slim
# glibc is needed, a shell is not: distroless `base`, not `static`.
ARG RUNTIME=gcr.io/distroless/base-debian12:nonroot

# Compiles on the machine's own platform, for whatever platform is asked for.
FROM --platform=${BUILDPLATFORM} ${BUILDER} AS builder
ARG TARGETARCH
WORKDIR /build
COPY package.json bun.lock ./
# Node and npm fetch the pinned Bun, which installs by the lockfile, whose checksums cover the
# executable of the target platform too. (`bun build --target` would download one past the lockfile.)
RUN set -eu; \
    version=$(node -p 'require("./package.json").devDependencies.bun'); \
    npx --yes "bun@$version" install --frozen-lockfile; \
    mkdir /target; cp package.json bun.lock /target; cd /target; \
    case "$TARGETARCH" in amd64) cpu=x64 ;; arm64) cpu=arm64 ;; *) exit 1 ;; esac; \
    /build/node_modules/.bin/bun install --frozen-lockfile --ignore-scripts \
      --cpu "$cpu" --os linux --libc glibc
COPY src ./src
RUN set -eu; \
    case "$TARGETARCH" in amd64) platform=x64 ;; arm64) platform=aarch64 ;; esac; \
    node_modules/.bin/bun run --silent compile --target "bun-linux-$platform" \
      --compile-executable-path "/target/node_modules/@oven/bun-linux-$platform/bin/bun" \
      --outfile /out/connaisseur

FROM ${RUNTIME}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Connaisseur" \
      org.opencontainers.image.description="Admission webhook that lets only images with a trusted, signed digest into a cluster" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=builder /out/connaisseur /usr/local/bin/connaisseur
# By number, so that Kubernetes can tell that it is not root.
USER 65532:65532
EXPOSE 5000
ENTRYPOINT ["/usr/local/bin/connaisseur"]
CMD ["serve"]
